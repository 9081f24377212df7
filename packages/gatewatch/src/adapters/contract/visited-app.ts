import type { RequestListener } from "node:http";
import type { GatewatchOptions, Gatewatch } from "../../create-gatewatch.ts";
import { gatewatch } from "../http.ts";

/** Everything that remembers strangers is on, each with little room. */
export const VISITED_OPTIONS: GatewatchOptions = {
  trustProxy: ["10.0.0.0/8", "100.0.0.0/6", "2001:db8::/33"],
  secret: "of the bounds",
  rateLimit: { enabled: true, limit: 50, windowMs: 60_000 },
  cache: { enabled: true, routes: { "/*": { ttlMs: 60_000 } }, maxBytes: 4_194_304, maxEntries: 1_000 },
  cors: { origins: (origin: string) => origin.includes("a") },
  timing: { processingTimeHeader: true, serverTimingHeader: true },
  errorBoundary: { respond: true },
};

/** An app that believes strangers: paths become routes, what they write comes back. */
export function openVisitedApp(core: Gatewatch): RequestListener {
  let count = 0;
  return gatewatch((request, response) => {
    count++;
    const path = request.url ?? "/";
    if (count % 3 === 0) request.gatewatch.route = path;
    if (count % 5 === 0) request.gatewatch.set(path, path).addBreadcrumb(path);
    if (count % 7 === 0) request.gatewatch.user = { id: path, username: path };
    request.gatewatch.counter("app.visits", { labels: ["path"] }).add(1, { path });
    if (count % 50 === 0) request.gatewatch.counter(`app.visits.${count}`).add();
    if (count % 11 === 0) {
      request.gatewatch.captureError(Object.assign(new Error(`no ${path}`), { name: path, code: path }));
      response.statusCode = 500;
    } else if (count % 13 === 0) response.statusCode = 404;
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ path, _cerberus_metrics: { [path]: count, visits: count, said: path } }));
  }, core);
}
