import type { IssueDetail, Json } from "@gatewatch/protocol";
import { Ago } from "../../components/ago.tsx";

/** Who did what to the issue, newest first. */
export function Activity({ issue }: { issue: IssueDetail }) {
  if (issue.activity.length === 0) return <p className="py-6 text-muted">Nobody has done anything here yet.</p>;
  return (
    <ol className="panel rule">
      {issue.activity
        .toSorted((a, b) => b.at - a.at)
        .map((entry, index) => (
          <li key={index} className="flex items-baseline gap-3 px-3 py-2">
            <span className="font-semibold">{entry.action}</span>
            <span className="min-w-0 flex-1 break-words text-muted">
              {describe(entry.detail)}
              {describe(entry.detail) && " · "}by {entry.by}
            </span>
            <span className="text-small text-muted">
              <Ago time={entry.at} suffix />
            </span>
          </li>
        ))}
    </ol>
  );
}

function describe(detail: Json | undefined): string {
  if (detail === undefined || detail === null) return "";
  if (typeof detail !== "object") return String(detail);
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== false)
    .map(([key, value]) => `${key} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(", ");
}
