import type { RequestColumns, RequestEvent, Resource } from "@gatewatch/protocol";
import type { Batch } from "./batch.ts";
import type { QueuedEvent } from "./event-queue.ts";

/** Builds the JSON of one batch: requests as columns with a string dictionary, all others as they are. */
export function encodeBatch(
  id: string,
  sentAt: number,
  items: readonly QueuedEvent[],
  resource: Resource | undefined,
  drops: Record<string, number> | undefined,
): Batch {
  const requests: RequestEvent[] = [];
  const events: string[] = [];
  for (const item of items) {
    if (item.kind === "request") requests.push(item.event);
    else events.push(item.json);
  }
  const parts = [`{"batch":"${id}","sentAt":${sentAt}`];
  if (resource !== undefined) parts.push(`,"resource":${JSON.stringify(resource)}`);
  if (drops !== undefined) parts.push(`,"drops":${JSON.stringify(drops)}`);
  if (requests.length > 0) {
    const dict = createDictionary();
    const columns = encodeRequests(requests, dict);
    parts.push(`,"dict":${JSON.stringify(dict.words)},"columns":{"request":${JSON.stringify(columns)}}`);
  }
  if (events.length > 0 || requests.length === 0) parts.push(`,"events":[${events.join(",")}]`);
  parts.push("}");
  return { id, events: items.length, json: Buffer.from(parts.join(""), "utf8"), drops: drops ?? {}, half: false };
}

interface Dictionary {
  readonly words: string[];
  indexOf(word: string | null | undefined): number | null;
}

function createDictionary(): Dictionary {
  const words: string[] = [];
  const indexes = new Map<string, number>();
  return {
    words,
    indexOf(word) {
      if (word == null) return null;
      const known = indexes.get(word);
      if (known !== undefined) return known;
      indexes.set(word, words.length);
      return words.push(word) - 1;
    },
  };
}

function encodeRequests(rows: readonly RequestEvent[], dict: Dictionary): RequestColumns {
  const t0 = Math.floor(rows[0]?.time ?? 0);
  const columns: RequestColumns = {
    n: rows.length,
    t0,
    time: rows.map((row) => Math.round(row.time) - t0),
    durationUs: rows.map((row) => Math.max(0, Math.round(row.durationMs * 1000))),
    status: rows.map((row) => row.status),
    method: rows.map((row) => dict.indexOf(row.method)),
    path: rows.map((row) => dict.indexOf(row.path)),
  };
  const has = (name: keyof RequestEvent): boolean => rows.some((row) => row[name] != null);
  // Values that differ in every row go inline: a dictionary entry would only add an index.
  for (const name of ["requestId", "traceId", "spanId", "errorId"] as const) {
    if (has(name)) columns[name] = rows.map((row) => row[name] ?? null);
  }
  for (const name of ["route", "client", "userAgent", "userId", "host", "scheme"] as const) {
    if (has(name)) columns[name] = rows.map((row) => dict.indexOf(row[name]));
  }
  for (const name of ["requestBytes", "responseBytes"] as const) {
    if (has(name)) columns[name] = rows.map((row) => row[name] ?? null);
  }
  if (rows.some((row) => row.aborted)) columns.aborted = rows.map((row) => (row.aborted ? 1 : 0));
  if (has("attributes"))
    columns.attributes = rows.map((row) => (row.attributes === undefined ? null : tryStringify(row.attributes)));
  return columns;
}

function tryStringify(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch {
    return null;
  }
}
