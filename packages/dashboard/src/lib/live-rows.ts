import type { LiveRequest } from "@gatewatch/protocol";

export const MAX_LIVE_ROWS = 2000;
/** At most so many rows does a stream repeat. */
export const RECENT_ROWS = 200;
export const HISTOGRAM_BUCKETS = 60;
export const HISTOGRAM_STEP_MS = 10_000;

export interface LiveState {
  /** Newest first, at most `MAX_LIVE_ROWS`. */
  rows: LiveRequest[];
  /** Requests seen or skipped since the page was opened. */
  total: number;
  /** Skipped between the last two ticks of the server. */
  skippedPerSecond: number;
  /** Start of 10 s → requests and errors in it. */
  buckets: Map<number, { requests: number; errors: number }>;
}

export const EMPTY_LIVE: LiveState = { rows: [], total: 0, skippedPerSecond: 0, buckets: new Map() };

/** One request's name on this page: a server that starts anew counts from the beginning. */
export function rowKey(row: LiveRequest): string {
  return `${row.seq} ${row.time}`;
}

/** Adds one message's rows; those already here are left out, since a new stream begins with what was seen last. */
export function addLiveRows(state: LiveState, sent: LiveRequest[], skipped: number): LiveState {
  const known = new Set(state.rows.slice(0, RECENT_ROWS).map(rowKey));
  // Rows below nought are from before the server's start: who has seen any row has seen them, under another number.
  const rows = sent.filter((row) => !known.has(rowKey(row)) && (row.seq >= 0 || state.rows.length === 0));
  const buckets = new Map(state.buckets);
  for (const row of rows) {
    const start = Math.floor(row.time / HISTOGRAM_STEP_MS) * HISTOGRAM_STEP_MS;
    const bucket = buckets.get(start) ?? { requests: 0, errors: 0 };
    buckets.set(start, {
      requests: bucket.requests + 1,
      errors: bucket.errors + (row.status >= 500 || row.errorId !== null ? 1 : 0),
    });
  }
  if (skipped > 0 && rows.length > 0) {
    const start = Math.floor((rows.at(-1)?.time ?? 0) / HISTOGRAM_STEP_MS) * HISTOGRAM_STEP_MS;
    const bucket = buckets.get(start) ?? { requests: 0, errors: 0 };
    buckets.set(start, { ...bucket, requests: bucket.requests + skipped });
  }
  const kept = [...buckets.keys()].sort((a, b) => b - a).slice(0, HISTOGRAM_BUCKETS);
  const newest = rows.toSorted((a, b) => b.time - a.time || b.seq - a.seq);
  return {
    rows: [...newest, ...state.rows].slice(0, MAX_LIVE_ROWS),
    total: state.total + rows.length + skipped,
    skippedPerSecond: state.skippedPerSecond,
    buckets: new Map(kept.map((start) => [start, buckets.get(start) ?? { requests: 0, errors: 0 }])),
  };
}

/** Rows that came after `seen` was all there was. */
export function findNewer(rows: LiveRequest[], seen: LiveRequest[]): LiveRequest[] {
  const at = seen[0] === undefined ? -1 : rows.indexOf(seen[0]);
  return at < 0 ? rows : rows.slice(0, at);
}

export type LiveFilter = { status: "all" | "4xx" | "5xx" | "errors" | "slow"; text: string };

export const SLOW_MS = 500;

/** The rows that a filter lets through, in their order. */
export function filterLiveRows(rows: LiveRequest[], filter: LiveFilter): LiveRequest[] {
  const text = filter.text.trim().toLowerCase();
  if (filter.status === "all" && text === "") return rows;
  return rows.filter((row) => isWanted(row, filter.status) && (text === "" || describeRow(row).includes(text)));
}

function isWanted(row: LiveRequest, status: LiveFilter["status"]): boolean {
  switch (status) {
    case "all":
      return true;
    case "4xx":
      return row.status >= 400 && row.status < 500;
    case "5xx":
      return row.status >= 500;
    case "errors":
      return row.errorId !== null;
    case "slow":
      return row.durationMs >= SLOW_MS;
  }
}

function describeRow(row: LiveRequest): string {
  return `${row.method} ${row.path} ${row.route ?? ""} ${row.status} ${row.userId ?? ""} ${row.client ?? ""} ${row.requestId ?? ""}`.toLowerCase();
}
