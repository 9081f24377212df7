import type { DetectableEvent } from "@gatewatch/detect";
import type { Detection, EventAnomaly } from "./detect-events.ts";

/** A detection server, as the layer sees it. Nothing here throws or rejects. */
export interface RemoteJudge {
  /** The judgement of one event within the deadline; `unavailable` otherwise. */
  judge(stream: string, event: DetectableEvent, deadlineMs: number): Promise<Detection>;
  /** Hands an event over for later; what the server finds is told to `onAnomaly`. */
  push(stream: string, event: DetectableEvent): void;
  onAnomaly(listener: (stream: string, anomaly: EventAnomaly) => void): void;
  stats(): { waiting: number; sent: number; dropped: number };
  close(): Promise<void>;
}
