/** An event as an app or the gate hands it in: any JSON object. */
export type DetectableEvent = Readonly<Record<string, unknown>>;

/** Why something stands out: what was expected beside what was seen. */
export interface Finding {
  /** Dotted path of the field, or the name of a view of the stream. */
  field: string;
  /** One sentence for people. */
  message: string;
  /** What normal events have there, for example `0.4 to 31` or `"GET", "POST"`. */
  expected: string;
  /** What this event has there, cut to 80 characters; it may be a stranger's text. */
  seen: string;
  /** −log10 of how rare this part is by itself; the largest comes first. */
  surprise?: number;
}

export interface Verdict {
  /** While a detector knows too little, `calibrating`: it then never calls anything anomalous. */
  state: "calibrating" | "ready";
  /** Whether the p-value is at most the level of the stream's profile. */
  isAnomaly: boolean;
  /** Probability of an event at least this unusual among normal ones; 1 while calibrating, never 0. */
  pValue: number;
  findings: readonly Finding[];
  /** Rare enough to refuse: p ≤ 1e-4 and a minimum of surprise. */
  block?: boolean;
  /** Raw surprise, which has no upper end. */
  score?: number;
}

/** Judges the events of one stream and learns from them. Takes its time from the caller; does no I/O. */
export interface Detector {
  /** Judges without learning, for example before a handler has run. */
  judge(event: DetectableEvent, nowMs: number): Verdict;
  /** Learns from a finished event. */
  learn(event: DetectableEvent, nowMs: number): void;
}

/** The false-alarm rate that a stream keeps: 1e-2, 1e-3, 1e-4. */
export type Profile = "sensitive" | "balanced" | "strict";

export const PROFILE_LEVELS: Readonly<Record<Profile, number>> = { sensitive: 1e-2, balanced: 1e-3, strict: 1e-4 };

/** What people say about an event that was flagged. */
export type Feedback = "false_positive" | "confirmed" | "dismissed";

/** Everything a stream's event detector can do. */
export interface EventDetector extends Detector {
  /** Judges and learns in one pass over the event. */
  observe(event: DetectableEvent, nowMs: number): Verdict;
  /** The remembered event nearest to this one, for showing side by side; null when none is kept. */
  nearestNormal(event: DetectableEvent): DetectableEvent | null;
  /** Changes later verdicts: a false positive is learned as normal at once, a confirmed one never is, a dismissed one changes nothing but is counted. */
  feedback(event: DetectableEvent, feedback: Feedback, nowMs: number): void;
  /** Adds what another detector of the same stream has learned: its snapshot, or a log of its events, which is learned event by event. @throws SnapshotError */
  merge(snapshot: Uint8Array): void;
  /** Exact: a restored detector goes on as this one would. */
  snapshot(): Uint8Array;
  readonly stats: EventDetectorStats;
}

export interface EventDetectorStats {
  events: number;
  quarantined: number;
  /** Share of the last events at or below each level: what the promised rates really are. */
  observedRates: Readonly<Record<Profile, number>>;
  /** Evidence against "nothing has changed"; by Ville's inequality it exceeds 1/a with probability at most a. */
  drift: number;
  bytes: number;
}

/** What a series measures, which decides its law: `count` per interval, `ratio` of part to whole, `gauge` for all else, `duration` on a log scale. */
export type SeriesKind = "count" | "ratio" | "gauge" | "duration";

export interface SeriesPoint {
  /** Start of the interval, milliseconds since 1970. */
  atMs: number;
  value: number;
  /** Of how many events: the whole of a ratio, the sample behind a quantile. @default 1 */
  weight?: number;
}

export interface SeriesVerdict extends Verdict {
  /** Raw: stays high over the whole anomaly. */
  score: number;
  /** True once at the beginning of what is worth telling: after habituation and de-duplication. */
  alarm: boolean;
  /** What was expected here; null while calibrating. */
  expected: { low: number; middle: number; high: number } | null;
}

/** Judges one series point by point, each before it is learned. */
export interface SeriesDetector {
  /** Late and duplicate points are judged as calibrating and not learned; a gap is passed over. */
  observe(point: SeriesPoint): SeriesVerdict;
  snapshot(): Uint8Array;
  readonly bytes: number;
}
