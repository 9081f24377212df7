import type { RouteRow } from "@gatewatch/protocol";
import { formatCount, formatDuration, formatShare } from "../../lib/format.ts";

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
      <table className="w-full table-fixed border-t border-line">
        <thead className="sr-only">
          <tr>
            <th scope="col">Route</th>
            <th scope="col">Requests and errors</th>
            <th scope="col">p95</th>
            <th scope="col">Time spent in all</th>
          </tr>
        </thead>
        <tbody className="rule">
          {rows.map((row) => {
            const share = row.totalMs / most;
            return (
              <tr key={`${row.method} ${row.route}`} className="h-11">
                <th scope="row" className="pl-4 text-left font-normal">
                  <span className="clip block font-mono text-small">
                    <span className="text-muted">{row.method}</span> {row.route}
                  </span>
                  <span className="block text-tiny text-muted">
                    {formatCount(row.count)} requests
                    {row.errors > 0 && (
                      <span className="text-bad"> · {formatShare(row.errors / row.count)} failed</span>
                    )}
                  </span>
                </th>
                <td className="w-20 text-right font-semibold whitespace-nowrap">
                  {formatDuration(row.p95)}
                  <span className="block text-tiny font-normal text-muted">p95</span>
                </td>
                <td className="w-28 pr-4 pl-5 text-right">
                  <span className="text-small text-muted">{formatDuration(row.totalMs)}</span>
                  <span className="mt-1 block h-1 overflow-hidden rounded-full bg-line">
                    <span className="block h-full rounded-full bg-accent" style={{ width: `${share * 100}%` }} />
                  </span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {rows.length === 0 && <p className="px-4 py-2 text-muted">No request in this span of time.</p>}
    </section>
  );
}
