import type { Breadcrumb, ErrorEvent } from "@gatewatch/protocol";
import { Redactable } from "../../components/redactable.tsx";
import { formatClock, formatDuration } from "../../lib/format.ts";
import { crumbAnchor } from "./anchors.ts";

const COLORS: Record<Breadcrumb["category"], string> = {
  log: "bg-faint",
  http: "bg-accent",
  query: "bg-violet",
  custom: "bg-good",
};

/** What the same request did before it failed, in time. */
export function Breadcrumbs({ event }: { event: ErrorEvent }) {
  const crumbs = event.breadcrumbs ?? [];
  if (crumbs.length === 0) {
    return (
      <p className="py-6 text-muted">
        Nothing was noted before this error. Logs, outgoing calls and your own notes of the same request appear here.
      </p>
    );
  }
  return (
    <ol className="relative">
      {crumbs.map((crumb, index) => (
        <li
          key={index}
          id={crumbAnchor(index)}
          className="relative grid grid-cols-[4.5rem_1rem_minmax(0,1fr)] items-start gap-x-2 rounded-md py-1.5"
        >
          <time
            dateTime={new Date(crumb.time).toISOString()}
            title={formatClock(crumb.time)}
            className="text-right text-small text-muted"
          >
            {formatOffset(crumb.time - event.time)}
          </time>
          <span className="relative flex h-full justify-center">
            <span className="absolute inset-y-0 -bottom-3 w-px bg-line" />
            <span className={`relative mt-1.5 size-2 rounded-full ${COLORS[crumb.category]}`} />
          </span>
          <span className="min-w-0">
            <span className="flex items-baseline gap-2">
              <span className="w-12 shrink-0 text-small text-muted">{crumb.category}</span>
              <span
                className={`min-w-0 font-mono text-small break-words ${crumb.level === "error" || crumb.level === "fatal" ? "text-bad" : crumb.level === "warn" ? "text-warn" : ""}`}
              >
                <Redactable text={crumb.message} />
              </span>
            </span>
            {crumb.data && Object.keys(crumb.data).length > 0 && (
              <span className="block pl-14 font-mono text-tiny break-words text-muted">
                <Redactable
                  text={Object.entries(crumb.data)
                    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
                    .join("  ")}
                />
              </span>
            )}
          </span>
        </li>
      ))}
      <li className="grid grid-cols-[4.5rem_1rem_minmax(0,1fr)] items-start gap-x-2 py-1.5">
        <span className="text-right text-small text-muted">0</span>
        <span className="flex justify-center">
          <span className="relative mt-1.5 size-2 rounded-full bg-bad" />
        </span>
        <span className="font-semibold break-words text-bad">{event.exceptions[0]?.type ?? "Error"}</span>
      </li>
    </ol>
  );
}

function formatOffset(ms: number): string {
  return ms === 0 ? "0" : `${ms < 0 ? "−" : "+"}${formatDuration(Math.abs(ms))}`;
}
