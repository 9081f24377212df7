/** An event as the detection server takes it; any JSON object. */
export type DetectEvent = Readonly<Record<string, unknown>>;

export interface DetectMetrics {
  ncd?: number;
  p_value?: number;
  confidence?: number;
  confidence_level?: number;
  is_statistically_significant?: boolean;
  [name: string]: unknown;
}

/** One anomalous event of a batch. */
export interface DetectedAnomaly {
  id?: string;
  /** Place of the event in the batch. */
  index: number;
  /** One sentence. */
  why: string;
  metrics: DetectMetrics;
  event?: unknown;
  detected?: boolean;
  /** Rare enough to refuse; undefined where the server does not say. */
  block?: boolean;
  /** What stands out in it; undefined where the server does not say. */
  findings?: readonly { field: string; message: string; expected: string; seen: string; surprise?: number }[];
  [name: string]: unknown;
}

/** The server's answer to a batch, in its own names; `anomalies` is always a list, and empty while the stream is calibrating. */
export interface DetectResult {
  success: boolean;
  status: "calibrating" | "ready" | "unavailable";
  detection_ready: boolean;
  total_events: number;
  anomaly_count: number;
  anomalies: DetectedAnomaly[];
  request_id?: string;
  stream_id?: string;
  calibration?: { events_ingested: number; events_needed: number; progress_percent: number; [name: string]: unknown };
  [name: string]: unknown;
}

/** What a caller gets that must go on without an answer. */
export function createUnavailable(events: number): DetectResult {
  const counts = { total_events: events, anomaly_count: 0 };
  return { success: false, status: "unavailable", detection_ready: false, ...counts, anomalies: [] };
}
