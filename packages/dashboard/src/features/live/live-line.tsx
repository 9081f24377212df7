import type { LiveRequest } from "@gatewatch/protocol";
import { memo } from "react";
import { Link, useSearch } from "wouter";
import { Icon } from "../../components/icon.tsx";
import { formatClock, formatDuration } from "../../lib/format.ts";
import { SLOW_MS } from "../../lib/live-rows.ts";
import { keepScope } from "../../lib/search-state.ts";

export const LINE_HEIGHT = 28;

export const LIVE_COLUMNS = [
  { name: "Time", className: "w-16" },
  { name: "Method", className: "w-14 max-sm:hidden" },
  { name: "Path", className: "min-w-0 flex-1" },
  { name: "Status", className: "w-11 text-right" },
  { name: "Taken", className: "w-16 text-right md:w-44" },
  { name: "User or client", className: "hidden w-36 md:block" },
  { name: "Issue", className: "w-14 text-right" },
] as const;

const [TIME, METHOD, PATH, STATUS, TAKEN, WHO, ISSUE] = LIVE_COLUMNS.map((column) => column.className);
const FULL_BAR_MS = 2000;

export function statusTone({ status, durationMs }: Pick<LiveRequest, "status" | "durationMs">): string {
  if (status === 0 && durationMs === 0) return "text-muted";
  if (status >= 500 || status === 0) return "text-bad font-semibold";
  if (status >= 400) return "text-warn font-semibold";
  return status >= 300 ? "text-muted" : "text-good";
}

/** Some clients tell neither status nor duration; a client that has gone away took some time to do so. */
export function statusText({ status, durationMs }: Pick<LiveRequest, "status" | "durationMs">): string {
  if (status !== 0) return String(status);
  return durationMs === 0 ? "—" : "gone";
}

/** One request as a line. */
export const LiveLine = memo(function LiveLine(props: { row: LiveRequest; current: boolean; onOpen: () => void }) {
  const { row, current, onOpen } = props;
  const scope = keepScope(useSearch());
  // A square root keeps both 5 ms and 2 s apart from their neighbours.
  const bar = Math.min(1, Math.sqrt(row.durationMs / FULL_BAR_MS));
  return (
    <div
      role="row"
      onClick={onOpen}
      style={{ height: LINE_HEIGHT }}
      className={`flex cursor-pointer items-center gap-3 border-b border-line/60 px-3 lg:px-5 ${current ? "bg-select" : row.status >= 500 ? "bg-bad/6 hover:bg-bad/12" : "hover:bg-hover"}`}
    >
      <span role="cell" className={`${TIME} text-small text-muted`}>
        {formatClock(row.time)}
      </span>
      <span role="cell" className={`${METHOD} font-mono text-small text-muted`}>
        {row.method}
      </span>
      <span role="cell" className={`${PATH} flex`}>
        <button
          type="button"
          onClick={(event) => {
            event.stopPropagation();
            onOpen();
          }}
          aria-label={`${row.method} ${row.path}`}
          className="clip font-mono text-small -outline-offset-2"
        >
          {row.path}
        </button>
      </span>
      <span role="cell" className={`${STATUS} ${statusTone(row)}`}>
        {statusText(row)}
      </span>
      <span role="cell" className={`${TAKEN} flex items-center justify-end gap-2`}>
        <span className="hidden h-1 flex-1 overflow-hidden rounded-full bg-line/70 md:block">
          <span
            className={`block h-full rounded-full ${row.durationMs >= SLOW_MS ? "bg-warn" : "bg-accent"}`}
            style={{ width: `${bar * 100}%` }}
          />
        </span>
        <span className="w-16 whitespace-nowrap">{row.durationMs === 0 ? "—" : formatDuration(row.durationMs)}</span>
      </span>
      <span role="cell" className={`${WHO} clip text-small text-muted`}>
        {row.userId ?? shorten(row.client)}
      </span>
      <span role="cell" className={`${ISSUE}`}>
        {row.issueId !== null && (
          <Link
            href={`/issues/${row.issueId}${scope}`}
            onClick={(event: { stopPropagation: () => void }) => event.stopPropagation()}
            aria-label={`Issue ${row.issueId}`}
            className="tint inline-flex h-5 items-center gap-1 rounded-sm px-1.5 text-tiny font-semibold text-bad hover:underline"
          >
            <Icon name="issues" size={11} />
            {row.issueId}
          </Link>
        )}
      </span>
    </div>
  );
});

/** A pseudonym is 64 digits; its first eight tell clients apart well enough. */
function shorten(client: string | null): string {
  return client === null ? "" : client.length > 40 ? client.slice(0, 8) : client;
}
