const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** How long to wait before the next attempt, in milliseconds: doubled each time, spread by `random` (0 to 1). */
export function computeBackoffMs(attempt: number, random: number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(whole * (0.5 + random / 2));
}
