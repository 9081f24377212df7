import { parseSeconds, readSeconds } from "./parse-cache-control.ts";
import { tryParseHttpDate } from "./parse-http-date.ts";
import type { ResponseFacts } from "./read-response.ts";

export interface Freshness {
  /** How long the response is fresh, counted from when it was made; 0: it has to be confirmed before each use. */
  freshMs: number;
  /** Whether the response says so itself. */
  isExplicit: boolean;
  /** Its age when it arrived. */
  initialAgeMs: number;
}

export interface FreshnessTimes {
  requestedMs: number;
  receivedMs: number;
  /** Share of the time since `Last-Modified` that counts as fresh where the response says nothing; 0: none. */
  heuristicFraction: number;
  maxHeuristicMs: number;
}

/** Statuses whose answers may be reused by a guess (RFC 9110, section 15.1). */
const HEURISTIC_STATUSES = new Set([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501]);

/** RFC 9111, section 4.2: how old a response is, and how old it may become. */
export function judgeFreshness(response: ResponseFacts, times: FreshnessTimes): Freshness {
  const { requestedMs, receivedMs } = times;
  const date = readDate(response.get("date"), receivedMs);
  const ageS = readAge(response.get("age"));
  const apparentAgeMs = Math.max(0, receivedMs - (date ?? receivedMs));
  const correctedAgeMs = ageS === undefined ? 0 : ageS * 1000 + Math.max(0, receivedMs - requestedMs);
  // Seconds are all that `Date` tells: less than one is the clock's grain, not age.
  const initialAgeMs = Math.max(apparentAgeMs < 1000 ? 0 : apparentAgeMs, correctedAgeMs);
  const explicitMs = readLifetime(response, date ?? receivedMs, receivedMs);
  if (explicitMs !== undefined) return { freshMs: explicitMs, isExplicit: true, initialAgeMs };
  return { freshMs: guessLifetime(response, date ?? receivedMs, times), isExplicit: false, initialAgeMs };
}

function readLifetime(response: ResponseFacts, dateMs: number, nowMs: number): number | undefined {
  const { directives, isTargeted } = response;
  const seconds = readSeconds(directives, "s-maxage") ?? readSeconds(directives, "max-age");
  if (seconds !== undefined) return seconds * 1000;
  if (isTargeted) return undefined;
  const expires = response.get("expires");
  if (expires === undefined) return undefined;
  const expiresMs = tryParseHttpDate(expires, nowMs);
  return expiresMs === undefined ? 0 : Math.max(0, expiresMs - dateMs);
}

function guessLifetime(response: ResponseFacts, dateMs: number, times: FreshnessTimes): number {
  const { heuristicFraction, maxHeuristicMs, receivedMs } = times;
  if (heuristicFraction === 0) return 0;
  if (!HEURISTIC_STATUSES.has(response.status) && !response.directives.has("public")) return 0;
  const modified = response.get("last-modified");
  const modifiedMs = modified === undefined ? undefined : tryParseHttpDate(modified, receivedMs);
  if (modifiedMs === undefined) return 0;
  return Math.min(Math.max(0, dateMs - modifiedMs) * heuristicFraction, maxHeuristicMs);
}

/** The first of several; what is no number is passed over (RFC 9111, section 5.1). */
function readAge(field: string | undefined): number | undefined {
  return field === undefined ? undefined : parseSeconds(field.split(",", 1)[0]!.trim());
}

function readDate(field: string | undefined, nowMs: number): number | undefined {
  return field === undefined ? undefined : tryParseHttpDate(field, nowMs);
}
