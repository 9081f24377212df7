/** Resolutions kept; see docs for their ages. */
export type RollupTable = "minute" | "minute_route" | "hour_route" | "day" | "day_route";

/** What one unit of digest adds to one cell. Durations in microseconds. */
export interface RollupDelta {
  projectId: number;
  /** Epoch milliseconds of the cell's start. */
  time: number;
  /** `METHOD route`; null for tables without a route. */
  route: string | null;
  count: number;
  /** Answers of 500–599. */
  errors: number;
  /** Answers of 400–499. */
  clientErrors: number;
  sumUs: number;
  maxUs: number;
  /** Serialised `Sketch` of durations. */
  sketch: Uint8Array;
}

export interface RollupCell extends RollupDelta {}

/** Event chunk: column-coded, versioned, written once. */
export interface ChunkRecord {
  projectId: number;
  /** UTC day, `YYYY-MM-DD`, of `receivedAt`: the day file or partition. */
  day: string;
  kind: "request" | "error" | "log" | "metric" | "custom";
  /** Journal position that the chunk covers up to; with `part` its identity, so that writing it again changes nothing. */
  segment: number;
  offset: number;
  part: number;
  minTime: number;
  maxTime: number;
  count: number;
  body: Uint8Array;
}
