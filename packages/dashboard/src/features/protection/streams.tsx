import { PROFILES, type ProfileName, type StreamRow, type StreamSettings } from "@gatewatch/protocol";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Badge } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { Skeleton } from "../../components/skeleton.tsx";
import { formatCount, formatShare } from "../../lib/format.ts";
import { streamsQuery } from "../../lib/queries.ts";
import { formatOdds, nameMeasure, nameSubject } from "./measure-words.ts";

/** The false-alarm rate of each profile, in words. */
const PROFILE_WORDS: Record<ProfileName, string> = {
  sensitive: "Sensitive: 1 in 100",
  balanced: "Balanced: 1 in 1,000",
  strict: "Strict: 1 in 10,000",
};

interface Props {
  project: number;
  /** Whether the reader may change them. */
  canManage: boolean;
  onChange: (stream: StreamRow, change: Partial<StreamSettings>) => void;
}

/** A thousand rows with their controls take a second to draw. */
const MAX_SHOWN = 60;

/** What is watched, how far it has learned, and whether it keeps its promise. */
export function Streams({ project, canManage, onChange }: Props) {
  const { data, error } = useQuery(streamsQuery(project));
  const [isWhole, setWhole] = useState(false);
  if (!data) return error ? <p className="text-muted">{error.message}</p> : <Skeleton className="h-40 w-full" />;
  if (data.length === 0)
    return (
      <p className="py-2 text-muted">
        Nothing yet. Each route is watched from its first request on; your own events by{" "}
        <code className="font-mono">gatewatch.detect("payments", event)</code>.
      </p>
    );
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="What is watched">
      <table className="w-full min-w-180 border-collapse text-small">
        <thead>
          <tr className="text-left text-muted [&>th]:py-1.5 [&>th]:pr-3 [&>th]:font-medium">
            <th scope="col">Subject</th>
            <th scope="col">State</th>
            <th scope="col" className="text-right">
              Seen
            </th>
            <th scope="col" className="text-right">
              Flagged
            </th>
            <th scope="col" className="text-right">
              Promised
            </th>
            <th scope="col" className="text-right">
              Change
            </th>
            <th scope="col">False alarms</th>
            <th scope="col">Tuned by feedback</th>
          </tr>
        </thead>
        <tbody>
          {(isWhole ? data : data.slice(0, MAX_SHOWN)).map((stream) => (
            <tr
              key={`${stream.kind} ${stream.stream} ${stream.measure}`}
              className="border-t border-line [&>td]:py-1.5 [&>td]:pr-3"
            >
              <th scope="row" className="max-w-72 py-1.5 pr-3 text-left font-normal">
                <span className="clip block font-mono">{nameSubject(stream)}</span>
                <span className="text-tiny text-muted">{nameMeasure(stream.measure)}</span>
              </th>
              <td>
                {stream.state === "ready" ? (
                  <Badge tone="good">ready</Badge>
                ) : (
                  <span title={`${formatCount(stream.needed)} more to see`}>
                    <Badge>learning {formatShare(stream.seen / Math.max(1, stream.seen + stream.needed))}</Badge>
                  </span>
                )}
              </td>
              <td className="text-right">{formatCount(stream.seen)}</td>
              <td className="text-right">{stream.flaggedRate === null ? "–" : formatShare(stream.flaggedRate)}</td>
              <td className="text-right" title={formatOdds(stream.level)}>
                {formatShare(stream.level)}
              </td>
              <td className="text-right">
                {stream.drift >= 20 ? <Badge tone="warn">drifting</Badge> : <span className="text-faint">none</span>}
              </td>
              <td>
                <select
                  aria-label={`False alarms of ${nameSubject(stream)} ${nameMeasure(stream.measure)}`}
                  value={stream.profile}
                  disabled={!canManage}
                  onChange={(event) => onChange(stream, { profile: event.target.value as ProfileName })}
                  className="h-6.5 rounded-md border border-line bg-surface px-1.5"
                >
                  {PROFILES.map((profile) => (
                    <option key={profile} value={profile}>
                      {PROFILE_WORDS[profile]}
                    </option>
                  ))}
                </select>
              </td>
              <td>
                <input
                  type="checkbox"
                  aria-label={`Tune ${nameSubject(stream)} ${nameMeasure(stream.measure)} by feedback`}
                  checked={stream.autoTune}
                  disabled={!canManage}
                  onChange={(event) => onChange(stream, { autoTune: event.target.checked })}
                  className="size-4 accent-accent"
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {!isWhole && data.length > MAX_SHOWN && (
        <Button className="mt-2" onClick={() => setWhole(true)}>
          Show all {formatCount(data.length)}
        </Button>
      )}
    </div>
  );
}
