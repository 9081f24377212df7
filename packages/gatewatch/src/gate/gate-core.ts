import type { Gate } from "./gate.ts";
import type { Instruments } from "./instruments.ts";
import type { FactRecorder } from "./request-handle.ts";

/** What an adapter needs of Gatewatch. */
export interface GateCore {
  readonly gate: Gate;
  readonly recorder: FactRecorder;
  /** The instruments that the app finds as `req.gatewatch.counter()` and the like. */
  readonly metrics: Instruments;
  /** With `mode: "await"`: settles when what was recorded has been delivered, or the time for it is over. Undefined otherwise. Never rejects. */
  holdForDelivery(): Promise<void> | undefined;
}
