import { readUuidTime } from "@gatewatch/protocol/uuid-v7";
import { analyseInstantly } from "./analyst/analyse-instantly.ts";
import type { Authenticator } from "./auth/authenticate.ts";
import type { KeyFile } from "./auth/key-file.ts";
import { createPseudonymSecrets } from "./auth/pseudonym-secrets.ts";
import type { ServerConfig } from "./settings/server-settings.ts";
import type { IntakeCounters } from "./intake/intake-counters.ts";
import type { IntakeDeps } from "./intake/intake-deps.ts";
import { createProjectDecoders } from "./intake/project-decoders.ts";
import { groupError } from "./issues/group-error.ts";
import { isLoopback } from "./is-loopback.ts";
import type { Log } from "./log.ts";
import { makeAgentVerbs } from "./make-agent-verbs.ts";
import { ApiError } from "./model/api-error.ts";
import type { Journal } from "./model/journal.ts";
import { readRedactKeys } from "./model/redact-keys.ts";
import type { Shared } from "./model/shared.ts";
import type { Store } from "./model/store.ts";
import { createUploads } from "./sourcemaps/create-uploads.ts";

export interface IntakeParts {
  config: ServerConfig;
  log: Log;
  store: Store;
  shared: Shared;
  authenticator: Authenticator;
  journal: Journal;
  counters: IntakeCounters;
  keyFile: KeyFile;
  hasModel: boolean;
  /** There are new alerts to be delivered. */
  onAlerts(): void;
}

const ASK_BEYOND_MS = 30_000;
const STORE_RETRY_MS = 5_000;

/** What cannot be known without the store is told as a matter of time: clients keep their batch and come again. */
async function askStore<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (cause) {
    throw new ApiError("unavailable", "The store does not answer at the moment. Send the same batch again later.", {
      retryAfterMs: STORE_RETRY_MS,
      cause,
    });
  }
}

/** What the intake asks of the rest of the server, made of its parts. What it has asked before goes on while the store is away. */
export function makeIntakeDeps({
  config,
  log,
  store,
  shared,
  authenticator,
  journal,
  counters,
  keyFile,
  hasModel,
  onAlerts,
}: IntakeParts): { intake: IntakeDeps; forgetKeys: (projectId: number) => void } {
  const addressKey = config.addressSecret === null ? null : new TextEncoder().encode(config.addressSecret);
  const { decodersOf, forget } = createProjectDecoders({
    readKeys: async (projectId) => readRedactKeys(await askStore(store.control.getProject(projectId))),
    onStale: (error) => log("debug", "The redaction keys of a project could not be read again.", { error }),
    now: Date.now,
  });
  const secrets = createPseudonymSecrets({ store, keyFile, clock: Date.now });
  const intake: IntakeDeps = {
    journal,
    shared,
    authenticate: (token) => askStore(authenticator.authenticateSecret(token)),
    decodersOf,
    async analyseInstantly(event, projectId) {
      const { hash } = groupError(event).primary;
      const known = await store.issues.findHash(projectId, hash).catch(() => null);
      return { ...analyseInstantly(event, hasModel), fingerprint: hash, similar_count: known?.events ?? 0 };
    },
    // Young batches are in the intake's own memory, or the digest recognises them; asking for each would cost more than it tells.
    knownBatch: async (projectId, batchId) =>
      readUuidTime(batchId) < Date.now() - ASK_BEYOND_MS &&
      (await store.telemetry.hasBatch(projectId, batchId).catch(() => false)),
    addressKey: () => addressKey,
    agent: makeAgentVerbs({ store, log, publicUrl: config.publicUrl, onAlerts, askStore }),
    uploads: createUploads({ store, clock: Date.now, publicUrl: config.publicUrl }),
    pseudonymSecret: (projectId) => askStore(secrets.secretOf(projectId)),
    now: Date.now,
    counters,
    rate: { capacityKiB: config.ingestKibPerSecond * 2, kiBPerSecond: config.ingestKibPerSecond },
    isLocal: isLoopback(config.host),
    reportFailure: (error, requestId) =>
      log("error", "The intake failed.", { ...(requestId === undefined ? {} : { requestId }), error }),
  };
  return { intake, forgetKeys: forget };
}
