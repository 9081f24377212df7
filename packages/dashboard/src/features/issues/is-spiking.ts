const MIN_EVENTS = 10;
const FACTOR = 3;

/** Whether the last hour is far above the hours before it. */
export function isSpiking(trend: number[]): boolean {
  const last = trend.at(-1) ?? 0;
  const before = trend.slice(0, -1);
  const mean = before.reduce((sum, value) => sum + value, 0) / Math.max(1, before.length);
  return last >= MIN_EVENTS && last > FACTOR * mean && before.some((value) => value > 0);
}
