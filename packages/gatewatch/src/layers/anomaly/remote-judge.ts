import type { DetectableEvent } from "@gatewatch/detect";
import type { Detection, EventAnomaly } from "./detect-events.ts";

/** A detection server, as the layer sees it. Nothing here throws or rejects. */
export interface RemoteJudge {
  /** Whether it is the server that streams are shared by, which learns what is pushed. */
  readonly isShared: boolean;
  /** The judgement of one event within the deadline; `unavailable` otherwise. */
  judge(stream: string, event: DetectableEvent, deadlineMs: number): Promise<Detection>;
  /** Hands an event over for later; what the server finds is told to the stream's listener. */
  push(stream: string, event: DetectableEvent): void;
  /** One listener for each stream: the first one stays, so that nothing is told twice. */
  listen(stream: string, listener: (anomaly: EventAnomaly) => void): void;
  stats(): { waiting: number; sent: number; dropped: number };
  close(): Promise<void>;
}
