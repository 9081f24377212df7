import type { HealthAnswer } from "@gatewatch/protocol";
import type { ApiDeps } from "../api-deps.ts";

/** The server's own state. */
export async function loadHealth(deps: Pick<ApiDeps, "health" | "store" | "version">): Promise<HealthAnswer> {
  const [server, alerts] = await Promise.all([deps.health(), deps.store.outbox.counts()]);
  return {
    version: deps.version,
    store: deps.store.engine,
    ...server,
    alerts: { waiting: alerts.waiting, dead: alerts.dead },
  };
}
