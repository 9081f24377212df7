const MAX_WAIT_MS = 6 * 3_600_000;

/** Milliseconds that a `Retry-After` header asks to wait (RFC 9110, 10.2.3), at most six hours; undefined when it says nothing. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === "") return undefined;
  const seconds = Number(header);
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isNaN(waitMs) ? undefined : Math.min(MAX_WAIT_MS, Math.max(0, waitMs));
}
