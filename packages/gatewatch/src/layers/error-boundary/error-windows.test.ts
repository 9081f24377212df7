import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ErrorWindows } from "./error-windows.ts";

/** What is expected, without any cleverness: all times are kept. */
function model(threshold: number, windowMs: number) {
  const times: number[] = [];
  let quietUntil = Number.NEGATIVE_INFINITY;
  let more = 0;
  return (now: number): { count: number; more: number } | undefined => {
    times.push(now);
    if (now < quietUntil) {
      more++;
      return undefined;
    }
    if (times.filter((time) => now - time <= windowMs).length < threshold) return undefined;
    const alert = { count: threshold, more };
    more = 0;
    quietUntil = now + windowMs;
    return alert;
  };
}

describe("ErrorWindows", () => {
  it("raises one alert at the threshold, and none before the window has passed again", () => {
    const windows = new ErrorWindows(3, 1000, 10);
    const alerts = Array.from({ length: 100 }, (_, index) => windows.add("k", index)).filter(Boolean);
    expect(alerts).toEqual([{ count: 3, more: 0 }]);
    expect(windows.add("k", 1002)).toEqual({ count: 3, more: 97 });
  });

  it("does not count what has slid out of the window", () => {
    const windows = new ErrorWindows(3, 1000, 10);
    expect([0, 600, 1100, 1601].map((at) => windows.add("k", at))).toEqual(Array(4).fill(undefined));
    expect(windows.add("k", 1700)).toEqual({ count: 3, more: 0 });
  });

  it("counts each kind by itself", () => {
    const windows = new ErrorWindows(2, 1000, 10);
    expect([windows.add("a", 0), windows.add("b", 0)]).toEqual([undefined, undefined]);
    expect([windows.add("a", 1), windows.add("b", 1)]).toEqual([
      { count: 2, more: 0 },
      { count: 2, more: 0 },
    ]);
  });

  it("remembers a bounded number of kinds, those that were seen last", () => {
    const windows = new ErrorWindows(2, 1000, 10);
    windows.add("kept", 0);
    for (let kind = 0; kind < 100_000; kind++) {
      windows.add(`kind ${kind}`, 0);
      if (kind === 5) windows.add("kept", 0);
    }
    expect([windows.size, windows.forgotten]).toEqual([10, 99_991]);
  });

  it("says the same as a model that keeps every time", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), steps, (threshold, gaps) => {
        const windows = new ErrorWindows(threshold, 1000, 10);
        const expected = model(threshold, 1000);
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          expect(windows.add("k", now)).toEqual(expected(now));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
