import type { Json } from "./event.ts";

/** Shapes of the REST API about anomalies; times are epoch milliseconds. Every text in them may be a stranger's. */

export const PROFILES = ["sensitive", "balanced", "strict"] as const;
/** Which false-alarm rate a stream keeps: 1e-2, 1e-3, 1e-4. */
export type ProfileName = (typeof PROFILES)[number];

export const ANOMALY_FEEDBACKS = ["false_positive", "confirmed", "dismissed"] as const;
export type AnomalyFeedback = (typeof ANOMALY_FEEDBACKS)[number];

/** What is watched of a project's traffic, and of each of its routes. */
export const MEASURES = ["requests", "errorRate", "p50", "p95", "p99"] as const;
export type Measure = (typeof MEASURES)[number];

/** Why something stands out, the largest surprise first. */
export interface AnomalyFinding {
  /** Dotted path of a field, or the name of a view of the series. */
  field: string;
  message: string;
  expected: string;
  seen: string;
  /** −log10 of how rare this part is by itself. */
  surprise: number;
}

/** One anomaly as lists and lanes show it: a stretch of a series, or one event of a stream. */
export interface AnomalyRow {
  id: number;
  projectId: number;
  kind: "series" | "event";
  /** Name of the event stream; of a series `METHOD route`, or empty for the whole project. */
  stream: string;
  /** Of a series. */
  measure: Measure | null;
  startedAt: number;
  /** Null while a series is still out of its band; of an event the time of the event. */
  endedAt: number | null;
  /** The smallest of the stretch. */
  pValue: number;
  /** The level that the stream had then. */
  level: number;
  /** Raw surprise, the largest of the stretch. */
  score: number;
  /** Of how many points or events of this subject, one after the other, it consists. */
  count: number;
  /** One sentence. */
  why: string;
  feedback: AnomalyFeedback | null;
  /** Whether people were told: it passed the bound on false discoveries. */
  told: boolean;
}

export interface AnomalyList {
  anomalies: AnomalyRow[];
  nextCursor: string | null;
  total: number;
}

export interface AnomalyDetail extends AnomalyRow {
  findings: AnomalyFinding[];
  /** The event, redacted; null of a series. */
  event: Json | null;
  /** The remembered normal event nearest to it, redacted. */
  normal: Json | null;
  /** The series around it, each point with what was expected there. */
  series: AnomalySeries | null;
  /** How the bound on false discoveries was applied. */
  discovery: { target: number; level: number; tested: number; told: number };
  /** What compression says of the event beside the stream's recent ones; shown, never decisive. Null of a series. */
  compression: CompressionFigures | null;
  history: { at: number; by: string; action: string; detail?: Json }[];
}

export interface AnomalySeries {
  stepMs: number;
  /** Starts of the intervals. */
  time: number[];
  value: (number | null)[];
  low: (number | null)[];
  middle: (number | null)[];
  high: (number | null)[];
}

/** Figures of the compression-based school, from 0 up. */
export interface CompressionFigures {
  /** What was asked for, and what was used in its place when that is not there. */
  algorithm: string;
  fallbackFrom: string | null;
  /** Normalised compression distance, 0 to 1. */
  ncd: number;
  baselineRatio: number;
  windowRatio: number;
  /** Bits a byte. */
  baselineEntropy: number;
  windowEntropy: number;
}

export interface StreamSettings {
  profile: ProfileName;
  /** Feedback moves the level within a factor of ten of the profile's. @default false */
  autoTune: boolean;
  /** The memory's half-life follows how fast the stream changes. @default false */
  adaptiveWindow: boolean;
}

/** An event stream, or one watched series. */
export interface StreamRow extends StreamSettings {
  kind: "series" | "event";
  stream: string;
  measure: Measure | null;
  state: "calibrating" | "ready";
  /** Points or events seen. */
  seen: number;
  /** Of the seen, by how many it is still calibrating; 0 when ready. */
  needed: number;
  quarantined: number;
  /** The level in force. */
  level: number;
  /** Share of the judged that was flagged; null before the first. */
  flaggedRate: number | null;
  anomalies: number;
  feedback: Record<AnomalyFeedback, number>;
  /** Evidence that the stream has changed for good; 20 and more is strong. */
  drift: number;
  lastSeenAt: number | null;
  bytes: number;
}

/** `GET /api/protection`: the screen in one answer. */
export interface ProtectionAnswer {
  from: number;
  to: number;
  /** Subjects with anomalies in the span, those with the largest surprise first, each with its anomalies. */
  lanes: { kind: "series" | "event"; stream: string; measure: Measure | null; anomalies: AnomalyRow[] }[];
  /** Watched series and event streams. */
  watched: { series: number; ready: number; eventStreams: number };
  /** What was promised, and what happened in the span. */
  promise: { target: number; judged: number; flagged: number; expected: number; told: number };
  /** What the gates of this project did in the span: answers 429 and 403, cache hits. */
  gate: { requests: number; limited: number; refused: number };
}

/** A row for every change of a stream's settings, by people or by tuning. */
export interface TuningRow {
  at: number;
  by: string;
  field: "profile" | "autoTune" | "adaptiveWindow" | "level" | "window" | "anchor";
  from: Json;
  to: Json;
  reason: string;
}

/** Body of `POST /api/detect`: events of one stream, which are judged and then learned. */
export interface DetectOrder {
  stream: string;
  /** Any JSON objects; at most 1,000. */
  events: Record<string, Json>[];
}

/** One event of a `DetectOrder` that the stream's level flags. */
export interface DetectedEvent {
  /** Place in the order. */
  index: number;
  pValue: number;
  score: number;
  /** Rare enough to refuse, whatever the level is. */
  block: boolean;
  why: string;
  findings: AnomalyFinding[];
}

/** `POST /api/detect` */
export interface DetectAnswer {
  stream: string;
  /** While `calibrating`, nothing is called anomalous. */
  status: "calibrating" | "ready";
  /** The level in force. */
  level: number;
  /** Events that the stream has seen, these included. */
  seen: number;
  anomalies: DetectedEvent[];
}

/** `GET /api/streams` */
export interface StreamList {
  streams: StreamRow[];
}

/** `GET /api/streams/tuning`, newest first. */
export interface TuningList {
  rows: TuningRow[];
}
