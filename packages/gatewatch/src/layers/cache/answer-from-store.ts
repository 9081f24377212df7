import type { EarlyReply, Exchange } from "../../gate/exchange.ts";
import type { StoredLine, StoredResponse } from "../../state/response-store.ts";
import { isNotModified, isSameForRange, type Validators } from "./evaluate-conditions.ts";
import { ageOf } from "./judge-reuse.ts";
import { findLine } from "./keep-lines.ts";
import { tryParseHttpDate } from "./parse-http-date.ts";
import { readRange } from "./slice-range.ts";

/** Lines that a 304 carries (RFC 9110, section 15.4.5), and what browsers check of each answer. */
const NOT_MODIFIED_LINES = new Set([
  "cache-control",
  "cdn-cache-control",
  "content-location",
  "date",
  "etag",
  "expires",
  "last-modified",
  "vary",
]);

const NO_BODY = new Uint8Array(0);

/** How an answer came about; shown in `X-Cache` and `Cache-Status`. */
export interface Provenance {
  xCache: string;
  cacheStatus: string;
  /** Seconds left, for `X-Cache-TTL`; undefined where it is not shown. */
  ttlS: number | undefined;
}

/** The answer that a stored response gives to a request: whole, a part, or the word that the client has it. */
export function answerFromStore(
  x: Exchange,
  stored: StoredResponse,
  nowMs: number,
  provenance: Provenance,
): EarlyReply {
  const headers: EarlyReply["headers"] = {};
  const { status, lines, body } = stored;
  const isSuccess = status === 200;
  const conditions = isSuccess && (x.headers.get("if-none-match") ?? x.headers.get("if-modified-since")) !== undefined;
  if (conditions && isNotModified(x.headers, validatorsOf(stored), nowMs)) {
    for (const [name, value] of lines) if (isNotModifiedLine(name)) headers[name] = value;
    addProvenance(headers, stored, nowMs, provenance);
    return { status: 304, headers, body: "" };
  }
  for (let index = 0; index < lines.length; index++) addLine(headers, lines[index]!);
  addProvenance(headers, stored, nowMs, provenance);
  const range = isSuccess && x.method === "GET" ? x.headers.get("range") : undefined;
  if (range === undefined || !isSameForRange(x.headers, validatorsOf(stored))) return { status, headers, body };
  const part = readRange(range, body.byteLength);
  if (part === undefined) return { status, headers, body };
  if (part === "unsatisfiable") {
    headers["Content-Range"] = `bytes */${body.byteLength}`;
    return { status: 416, headers, body: NO_BODY };
  }
  headers["Content-Range"] = `bytes ${part.start}-${part.end}/${body.byteLength}`;
  return { status: 206, headers, body: body.subarray(part.start, part.end + 1) };
}

export function validatorsOf({ lines, receivedMs }: StoredResponse): Validators {
  const date = findLine(lines, "date");
  return {
    etag: findLine(lines, "etag"),
    lastModified: findLine(lines, "last-modified"),
    dateMs: (date === undefined ? undefined : tryParseHttpDate(date, receivedMs)) ?? receivedMs,
  };
}

export function isNotModifiedLine(name: string): boolean {
  const key = name.toLowerCase();
  return NOT_MODIFIED_LINES.has(key) || key.startsWith("access-control-");
}

/** Repeated lines come as one with several values. */
function addLine(headers: EarlyReply["headers"], [name, value]: StoredLine): void {
  const former = headers[name];
  headers[name] = former === undefined ? value : [former, value].flat();
}

function addProvenance(
  headers: EarlyReply["headers"],
  stored: StoredResponse,
  nowMs: number,
  { xCache, cacheStatus, ttlS }: Provenance,
): void {
  headers["Age"] = String(Math.floor(Math.min(ageOf(stored, nowMs) / 1000, 2_147_483_648)));
  headers["X-Cache"] = xCache;
  const above = headers["Cache-Status"];
  headers["Cache-Status"] = above === undefined ? cacheStatus : `${[above].flat().join(", ")}, ${cacheStatus}`;
  if (ttlS !== undefined) headers["X-Cache-TTL"] = String(ttlS);
}
