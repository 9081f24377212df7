import type { ApiDeps } from "../api-deps.ts";
import { listCompressors } from "../driftlock/compressors.ts";
import { STORE_AWAY } from "./create-probe.ts";

/** `GET /healthz`: ours, and all that clients of Driftlock read. */
export function makeHealth(isStoreThere: boolean, { version, verbs, driftlock }: ApiDeps): object {
  const backlog = driftlock.backlog();
  return {
    status: "ok",
    success: isStoreThere,
    ok: isStoreThere,
    ...(isStoreThere ? {} : { error: STORE_AWAY }),
    library_status: "healthy",
    version,
    available_algos: listCompressors(verbs.watch),
    openzl_available: false,
    license: { status: "not_required" },
    database: isStoreThere ? "connected" : "error",
    // Bytes, where others count requests: what is acknowledged waits in the journal.
    queue: { mode: "journal", pending: backlog?.bytes ?? 0, capacity: backlog?.maxBytes ?? null, unit: "bytes" },
  };
}

/** `GET /readyz`: the same. */
export function makeReadiness(reason: string | null): object {
  const isReady = reason === null;
  return {
    status: isReady ? "ready" : "not ready",
    ready: isReady,
    ...(isReady ? {} : { reason, error: reason }),
    database: reason === STORE_AWAY ? "error" : "connected",
    checks: { store: reason !== STORE_AWAY, intake: isReady },
  };
}

/** `GET /v1/version`: the same. */
export function makeVersion({ version }: Pick<ApiDeps, "version">): object {
  return { name: "gatewatch", version, node_version: process.version, go_version: null };
}
