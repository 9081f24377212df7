/** Runs each key at most once per `gapMs`: at once after a pause, else when the gap is over. */
export function createKeyThrottle(
  gapMs: number,
  now: () => number,
  setTimer: (run: () => void, ms: number) => void,
): (key: string, run: () => void) => void {
  const last = new Map<string, number>();
  const waiting = new Set<string>();
  return (key, run) => {
    if (waiting.has(key)) return;
    const wait = (last.get(key) ?? -Infinity) + gapMs - now();
    const start = () => {
      waiting.delete(key);
      last.set(key, now());
      run();
    };
    if (wait <= 0) {
      start();
      return;
    }
    waiting.add(key);
    setTimer(start, wait);
  };
}
