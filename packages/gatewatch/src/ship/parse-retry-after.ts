const MAX_MS = 3_600_000;

/** `Retry-After` (RFC 9110, 10.2.3) as milliseconds from `nowMs`, at most an hour; undefined when absent or malformed. */
export function tryParseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_MS);
}
