import type { AnomalyFinding, CompressionFigures, Json, ProfileName } from "@gatewatch/protocol";

export type DetectionEvent = Readonly<Record<string, Json>>;

/** Events of one stream, to be judged and then learned. */
export interface JudgementOrder {
  projectId: number;
  stream: string;
  events: readonly DetectionEvent[];
  /** False-alarm rate of this order alone. @default the stream's own */
  level?: number;
}

/** An event that the level flags. */
export interface JudgedEvent {
  /** Place in the order. */
  index: number;
  atMs: number;
  pValue: number;
  /** Raw surprise. */
  score: number;
  /** Rare enough to refuse, whatever the level is. */
  block: boolean;
  why: string;
  findings: readonly AnomalyFinding[];
}

/** What came of an order, with what protocols show beside the verdict. */
export interface JudgedBatch {
  /** While `calibrating`, nothing is called anomalous. */
  status: "calibrating" | "ready";
  /** The level that was in force. */
  level: number;
  /** Events that the stream has seen, these included. */
  seen: number;
  /** About how many more it has to see before it judges; 0 when it does. */
  needed: number;
  /** Evidence that the stream has changed for good; 20 and more is strong. */
  drift: number;
  /** The order's events, redacted. */
  events: readonly DetectionEvent[];
  /** Events from before the order that were not flagged, as JSON, oldest first; few after a start. */
  recent: readonly string[];
  /** The same with those of the order. */
  latest: readonly string[];
  anomalies: JudgedEvent[];
}

/** What the watch can tell beyond a verdict. */
export interface DetectionVerbs {
  /** Throws `invalid_request` when the project has no room for one more stream. */
  judgeInDetail(order: JudgementOrder): Promise<JudgedBatch>;
  /** By a detector that begins with these events and is forgotten after them. */
  judgeAside(events: readonly DetectionEvent[], level: number): Promise<Omit<JudgedBatch, "recent" | "latest">>;
  /** Without the project's secrets. */
  redactEvents(projectId: number, events: readonly DetectionEvent[]): Promise<DetectionEvent[]>;
  /** Figures of a window of lines beside a baseline; null while the baseline is too short to say anything. */
  measureCompression(
    baseline: readonly string[],
    window: readonly string[],
    algorithm: string,
  ): Promise<CompressionFigures | null>;
  /** Names of the compressors that there are, the usual one first. */
  readonly compressors: readonly string[];
  /** The false-alarm rate of each profile. */
  readonly profileLevels: Readonly<Record<ProfileName, number>>;
}
