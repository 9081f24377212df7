/** A time to wait as `Retry-After` has it: whole seconds, never none and never too few. Source: RFC 9110, section 10.2.3. */
export function retryAfterSeconds(retryAfterMs: number): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1000));
}
