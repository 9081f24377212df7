/** An event as an app or the gate hands it in: any JSON object. */
export type DetectableEvent = Readonly<Record<string, unknown>>;

/** Why an event stands out: what was expected beside what was seen. */
export interface Finding {
  /** Dotted path of the field, or the name of a view of the stream. */
  field: string;
  /** One sentence for people. */
  message: string;
  /** What normal events have there, for example `0.4 to 31` or `"GET", "POST"`. */
  expected: string;
  /** What this event has there, cut to 80 characters; it may be a stranger's text. */
  seen: string;
}

export interface Verdict {
  /** While a detector knows too little, `calibrating`: it then never calls anything anomalous. */
  state: "calibrating" | "ready";
  isAnomaly: boolean;
  /** Probability of an event at least this unusual among normal ones; 1 while calibrating. */
  pValue: number;
  findings: readonly Finding[];
}

/** Judges the events of one stream and learns from them. Takes its time from the caller; does no I/O. */
export interface Detector {
  /** Judges without learning, for example before a handler has run. */
  judge(event: DetectableEvent, nowMs: number): Verdict;
  /** Learns from a finished event. */
  learn(event: DetectableEvent, nowMs: number): void;
}

export { type BaselineOptions, createBaselineDetector } from "./create-baseline-detector.ts";
export { createDetectorPool, type DetectorPool } from "./create-detector-pool.ts";
