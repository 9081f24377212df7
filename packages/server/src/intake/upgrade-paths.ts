import { createCerberusStream } from "./cerberus/cerberus-stream.ts";
import type { IntakeDeps } from "./intake-deps.ts";
import type { BatchReceiver } from "./receive-batch.ts";
import { createNativeStream } from "./stream.ts";
import type { UpgradePath } from "./upgrades.ts";

/** Every address at which clients may open a WebSocket. */
export function createUpgradePaths(deps: IntakeDeps, receiver: BatchReceiver): UpgradePath[] {
  return [createNativeStream(deps, receiver), createCerberusStream(deps, receiver)];
}
