/** Resolutions kept; see docs for their ages. */
export type RollupTable =
  | "minute"
  | "minute_route"
  | "five_minute"
  | "five_minute_route"
  | "hour"
  | "hour_route"
  | "day"
  | "day_route";

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

/** The cells of one table within [from, to). */
export interface RollupPart {
  table: RollupTable;
  from: number;
  to: number;
}

/** Cells to be folded into `buckets` buckets of `stepMs`, the first of which begins at `from`; cells outside of them are left out. */
export interface SeriesQuestion {
  projectId: number;
  /** `METHOD route`, for parts of tables with a route; null counts every route. */
  route: string | null;
  /** Where the cells lie. Parts must not overlap. */
  parts: RollupPart[];
  from: number;
  stepMs: number;
  buckets: number;
}

/** One item a bucket. Durations in microseconds, quantiles within 1 % and never above the maximum; null where nothing was counted. */
export interface RollupSeries {
  count: number[];
  errors: number[];
  clientErrors: number[];
  p50Us: (number | null)[];
  p95Us: (number | null)[];
  p99Us: (number | null)[];
  maxUs: (number | null)[];
  /** Over all buckets together. */
  wholeP95Us: number | null;
}

export interface TopRoutesQuestion {
  projectId: number;
  /** Of tables with a route. Parts must not overlap. */
  parts: RollupPart[];
  /** What decides the order, greatest first. */
  by: "sumUs" | "errors";
  limit: number;
}

/** One route over a span; durations in microseconds. */
export interface RouteTotals {
  /** `METHOD route` */
  route: string;
  count: number;
  errors: number;
  clientErrors: number;
  sumUs: number;
  maxUs: number;
  p50Us: number;
  p95Us: number;
  p99Us: number;
}

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
