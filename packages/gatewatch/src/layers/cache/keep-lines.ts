import type { StoredLine } from "../../state/response-store.ts";
import type { ResponseFacts } from "./read-response.ts";

/** They concern one connection (RFC 9110, section 7.6.1), one exchange, or are made anew for each answer. */
const NEVER_KEPT = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "age",
  "content-length",
  "x-cache",
  "x-cache-ttl",
  "x-request-id",
  "x-error-id",
  "x-error-type",
  "x-correlation-id",
  "x-processing-time",
  "x-response-time",
  "x-request-count",
  "x-error-count",
  "x-memory-delta",
  "x-cpu-delta",
  "server-timing",
  "traceresponse",
  "retry-after",
  "ratelimit",
  "ratelimit-policy",
  "ratelimit-limit",
  "ratelimit-remaining",
  "ratelimit-reset",
]);

export interface LineRules {
  /** Names that this installation gives to headers of one exchange, in lower case. */
  ownNames: ReadonlySet<string>;
  /** Names that the response itself withholds, in lower case. */
  withheld: readonly string[];
}

/** The lines that others may get, with a `Date`. */
export function keepLines(
  response: ResponseFacts,
  receivedMs: number,
  { ownNames, withheld }: LineRules,
): StoredLine[] {
  const connection = response.get("connection");
  const listed = connection === undefined ? [] : connection.split(",").map((name) => name.trim().toLowerCase());
  const lines = response.lines.filter(([name]) => {
    const key = name.toLowerCase();
    if (NEVER_KEPT.has(key) || ownNames.has(key) || key.startsWith("x-ratelimit-")) return false;
    return !listed.includes(key) && !withheld.includes(key);
  });
  if (response.get("date") === undefined) lines.push(["Date", new Date(receivedMs).toUTCString()]);
  return lines;
}

/** What a 304 does not change in a stored response (RFC 9111, section 3.2). */
const NOT_UPDATED = new Set(["content-encoding", "content-length", "content-md5", "content-range", "etag"]);

/** The stored lines with those of a 304 in their place. */
export function mergeLines(stored: readonly StoredLine[], updates: readonly StoredLine[]): StoredLine[] {
  const fresh = updates.filter(([name]) => !NOT_UPDATED.has(name.toLowerCase()));
  const names = new Set(fresh.map(([name]) => name.toLowerCase()));
  return [...stored.filter(([name]) => !names.has(name.toLowerCase())), ...fresh];
}

/** The value of a stored line, several joined. */
export function findLine(lines: readonly StoredLine[], name: string): string | undefined {
  for (const [key, value] of lines) {
    if (key.length === name.length && key.toLowerCase() === name)
      return typeof value === "string" ? value : value.join(", ");
  }
  return undefined;
}
