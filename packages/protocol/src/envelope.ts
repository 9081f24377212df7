import type { GatewatchEvent, Resource } from "./event.ts";

/** A column of strings: an index into `dict`, the string itself, or null for absent. */
export type StringColumn = (number | string | null)[];
/** A column of numbers; null for absent. */
export type NumberColumn = (number | null)[];

/** Request events side by side; every column has `n` items. Absent optional columns mean absent values. */
export interface RequestColumns {
  n: number;
  /** Epoch milliseconds that `time` counts from. */
  t0: number;
  /** Milliseconds since `t0`. */
  time: number[];
  /** Duration in microseconds, whole numbers. */
  durationUs: number[];
  status: number[];
  method: StringColumn;
  path: StringColumn;
  route?: StringColumn;
  requestId?: StringColumn;
  traceId?: StringColumn;
  spanId?: StringColumn;
  client?: StringColumn;
  userAgent?: StringColumn;
  userId?: StringColumn;
  errorId?: StringColumn;
  host?: StringColumn;
  scheme?: StringColumn;
  requestBytes?: NumberColumn;
  responseBytes?: NumberColumn;
  /** 1 where the client went away. */
  aborted?: (0 | 1)[];
  /** JSON object text per row. */
  attributes?: StringColumn;
}

/** One batch: what a client sends and retries as a whole, under one id that it makes once. */
export interface NativeBatch {
  /** UUIDv7, made by the client once; a retry repeats it. */
  batch: string;
  /** Epoch milliseconds on the client's clock. */
  sentAt: number;
  resource?: Resource;
  /** Drops on the client's side since its last batch, by reason. */
  drops?: Record<string, number>;
  /** Rows of `columns` come first in the numbering of events, then `events`. */
  events?: GatewatchEvent[];
  dict?: string[];
  columns?: { request?: RequestColumns };
}

export interface RejectedEvent {
  /** Position in the batch: rows of `columns` first, then `events`. */
  index: number;
  code: string;
  message: string;
}

/** 200 of `POST /v1/events`. */
export interface BatchAnswer {
  batch: string;
  accepted: number;
  /** True when this batch had been stored before; nothing was counted again. */
  duplicate: boolean;
  rejected: RejectedEvent[];
}

/** Answers on `/v1/stream`, one per frame, in any order. */
export type StreamAnswer =
  | ({ ack: string } & Omit<BatchAnswer, "batch">)
  | { nack: string; code: string; message: string; retryAfterMs?: number };
