import type { AnomalyFinding, Json } from "@gatewatch/protocol";
import { Redactable } from "../../components/redactable.tsx";
import { pairFields } from "./flatten-event.ts";

/** The event beside the normal one that is most like it; what differs stands out. */
export function EventPair({
  event,
  normal,
  findings,
}: {
  event: Json;
  normal: Json | null;
  findings: AnomalyFinding[];
}) {
  const blamed = new Set(findings.map(({ field }) => field));
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="The event beside a normal one">
      <table className="w-full min-w-100 table-fixed border-collapse text-small">
        <thead>
          <tr className="text-left text-muted">
            <th scope="col" className="w-[28%] py-1 pr-3 font-medium">
              Field
            </th>
            <th scope="col" className="w-[36%] py-1 pr-3 font-medium">
              This event
            </th>
            <th scope="col" className="py-1 font-medium">
              {normal === null ? "No normal one is kept yet" : "The nearest normal one"}
            </th>
          </tr>
        </thead>
        <tbody className="font-mono">
          {pairFields(event, normal).map(({ path, seen, normal: usual }) => (
            <tr key={path} className={`border-t border-line align-top ${blamed.has(path) ? "bg-bad/8" : ""}`}>
              <th scope="row" className="py-1 pr-3 text-left font-normal break-words text-muted">
                {path}
              </th>
              <Cell text={seen} differs={normal !== null && seen !== usual} />
              <Cell text={usual} differs={false} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ text, differs }: { text: string | null; differs: boolean }) {
  return (
    <td className={`py-1 pr-3 break-words ${differs ? "font-semibold text-ink" : "text-muted"}`}>
      {text === null ? <span className="font-sans text-faint">not there</span> : <Redactable text={text} />}
    </td>
  );
}
