import { analyseInstantly } from "./analyst/analyse-instantly.ts";
import type { Authenticator } from "./auth/authenticate.ts";
import type { ServerConfig } from "./config.ts";
import type { IntakeCounters } from "./intake/intake-counters.ts";
import type { IntakeDeps } from "./intake/intake-deps.ts";
import { groupError } from "./issues/group-error.ts";
import type { Log } from "./log.ts";
import type { Journal } from "./model/journal.ts";
import type { Shared } from "./model/shared.ts";
import type { Store } from "./model/store.ts";

export interface IntakeParts {
  config: ServerConfig;
  log: Log;
  store: Store;
  shared: Shared;
  authenticator: Authenticator;
  journal: Journal;
  counters: IntakeCounters;
  hasModel: boolean;
}

const ASK_BEYOND_MS = 30_000;

/** The first 48 bits of a UUIDv7 are its time in milliseconds (RFC 9562). */
function readTime(batchId: Uint8Array): number {
  return (
    new DataView(batchId.buffer, batchId.byteOffset).getUint32(0) * 0x10000 +
    new DataView(batchId.buffer, batchId.byteOffset).getUint16(4)
  );
}

/** What the intake asks of the rest of the server, made of its parts. */
export function makeIntakeDeps({
  config,
  log,
  store,
  shared,
  authenticator,
  journal,
  counters,
  hasModel,
}: IntakeParts): IntakeDeps {
  const addressKey = config.addressSecret === null ? null : new TextEncoder().encode(config.addressSecret);
  return {
    journal,
    shared,
    authenticate: (token) => authenticator.authenticateSecret(token),
    async analyseInstantly(event, projectId) {
      const { hash } = groupError(event).primary;
      const known = await store.issues.findHash(projectId, hash);
      return { ...analyseInstantly(event, hasModel), fingerprint: hash, similar_count: known?.events ?? 0 };
    },
    // Young batches are in the intake's own memory, or the digest recognises them; asking for each would cost more than it tells.
    knownBatch: async (projectId, batchId) =>
      readTime(batchId) < Date.now() - ASK_BEYOND_MS && store.telemetry.hasBatch(projectId, batchId),
    addressKey: () => addressKey,
    now: Date.now,
    counters,
    rate: { capacityKiB: config.ingestKibPerSecond * 2, kiBPerSecond: config.ingestKibPerSecond },
    reportFailure: (error) => log("error", "The intake failed.", { error }),
  };
}
