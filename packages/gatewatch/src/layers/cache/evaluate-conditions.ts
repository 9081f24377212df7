import type { HeaderReader } from "../../gate/exchange.ts";
import { tryParseHttpDate } from "./parse-http-date.ts";

/** What a stored response is compared by. */
export interface Validators {
  etag: string | undefined;
  lastModified: string | undefined;
  /** When it was made (epoch milliseconds). */
  dateMs: number;
}

/** Whether the client has this response already (RFC 9110, section 13.2.2; RFC 9111, section 4.3.2). */
export function isNotModified(
  headers: HeaderReader,
  { etag, lastModified, dateMs }: Validators,
  nowMs: number,
): boolean {
  const tags = headers.get("if-none-match");
  if (tags !== undefined) return matchesAny(tags, etag);
  const since = headers.get("if-modified-since");
  if (since === undefined) return false;
  const sinceMs = tryParseHttpDate(since, nowMs);
  if (sinceMs === undefined) return false;
  const modifiedMs = lastModified === undefined ? dateMs : tryParseHttpDate(lastModified, nowMs);
  return modifiedMs !== undefined && modifiedMs <= sinceMs;
}

/** Whether `If-Range` allows a part: it names exactly this response, strongly. */
export function isSameForRange(headers: HeaderReader, { etag, lastModified }: Validators): boolean {
  const condition = headers.get("if-range");
  if (condition === undefined) return true;
  if (condition.startsWith('"')) return condition === etag;
  return condition === lastModified;
}

/** Weak comparison with each tag of a list; `*` is any. */
function matchesAny(list: string, etag: string | undefined): boolean {
  const text = list.trim();
  if (text === "*") return true;
  if (etag === undefined) return false;
  const wanted = withoutWeakness(etag);
  if (text === etag || withoutWeakness(text) === wanted) return true;
  // Commas belong to a tag when they are between its quotes.
  for (const [tag] of text.matchAll(/(?:W\/)?"[^"]*"|[^\s,]+/g)) if (withoutWeakness(tag) === wanted) return true;
  return false;
}

function withoutWeakness(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}
