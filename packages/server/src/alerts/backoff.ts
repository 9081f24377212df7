const FIRST_MS = 5000;
const MAX_MS = 6 * 3_600_000;

export const MAX_TRIES = 12;

/** 5 s · 2ⁿ ± 20 %, at most six hours; `tries` counts from 1, `random` is in [0, 1). */
export function backoffMs(tries: number, random: number): number {
  const base = Math.min(MAX_MS, FIRST_MS * 2 ** Math.max(0, tries - 1));
  return Math.min(MAX_MS, Math.round(base * (0.8 + 0.4 * random)));
}
