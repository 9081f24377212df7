import type { Gate } from "./gate.ts";
import type { FactRecorder } from "./request-handle.ts";

/** What an adapter needs of Gatewatch. */
export interface GateCore {
  readonly gate: Gate;
  readonly recorder: FactRecorder;
  /** With `mode: "await"`: settles when what was recorded has been delivered, or the time for it is over. Undefined otherwise. Never rejects. */
  holdForDelivery(): Promise<void> | undefined;
}
