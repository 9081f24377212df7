const DAY_MS = 86_400_000;

/** A counter over cells of equal length: its increments, summed up. */
export interface Counter {
  /** What was counted within (from, to]; a part of a cell counts by its length. */
  increase(from: number, to: number): number;
  /** Its reading: it begins anew with every day, UTC. */
  readingAt(time: number): number;
}

/** `now`: the end of what the last cell can hold so far. */
export function createCounter(increments: Float64Array, from: number, cellMs: number, now: number): Counter {
  const totals = new Float64Array(increments.length + 1);
  for (let at = 0; at < increments.length; at++) totals[at + 1] = totals[at]! + increments[at]!;
  const last = increments.length;

  function totalAt(time: number): number {
    const cell = Math.floor((time - from) / cellMs);
    if (cell < 0) return 0;
    if (cell >= last) return totals[last]!;
    const start = from + cell * cellMs;
    const end = Math.max(start + 1, Math.min(start + cellMs, now));
    return totals[cell]! + increments[cell]! * Math.min(1, (time - start) / (end - start));
  }

  return {
    increase: (since, until) => totalAt(until) - totalAt(since),
    readingAt: (time) => totalAt(time) - totalAt(Math.floor(time / DAY_MS) * DAY_MS),
  };
}
