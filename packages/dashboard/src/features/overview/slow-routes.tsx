import type { RouteRow } from "@gatewatch/protocol";
import { formatDuration, formatPlural, formatShare } from "../../lib/format.ts";

const ROWS = 5;

/** Where the time of the server goes: routes by all the time spent in them. */
export function SlowRoutes({ routes }: { routes: RouteRow[] }) {
  const rows = routes.toSorted((a, b) => b.totalMs - a.totalMs).slice(0, ROWS);
  const most = Math.max(1, ...rows.map((row) => row.totalMs));
  return (
    <section className="panel min-h-66 overflow-hidden" aria-labelledby="slow-routes">
      <h2 id="slow-routes" className="heading px-4 pt-2.5 pb-1.5">
        Where the time goes
      </h2>
      <ul className="rule border-t border-line">
        {rows.map((row) => (
          <li key={`${row.method} ${row.route}`} className="flex h-11 items-center gap-4 px-4">
            <span className="min-w-0 flex-1">
              <span className="clip block font-mono text-small">
                <span className="text-muted">{row.method}</span> {row.route}
              </span>
              <span className="clip block text-tiny text-muted">
                {formatPlural(row.count, "request")}
                {row.errors > 0 && <span className="text-bad"> · {formatShare(row.errors / row.count)} failed</span>}
              </span>
            </span>
            <span className="text-right whitespace-nowrap">
              <span className="block font-semibold">{formatDuration(row.p95)}</span>
              <span className="block text-tiny text-muted">p95</span>
            </span>
            <span className="w-20 text-right text-small text-muted">
              {formatDuration(row.totalMs)}
              <span className="sr-only"> spent in all</span>
              <span className="mt-1 block h-1 overflow-hidden rounded-full bg-line">
                <span
                  className="block h-full rounded-full bg-accent"
                  style={{ width: `${(row.totalMs / most) * 100}%` }}
                />
              </span>
            </span>
          </li>
        ))}
      </ul>
      {rows.length === 0 && <p className="px-4 py-2 text-muted">No request in this span of time.</p>}
    </section>
  );
}
