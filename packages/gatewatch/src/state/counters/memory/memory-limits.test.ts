import { describe, expect, it } from "vitest";
import { COUNTING_ALGORITHMS, type CounterRule } from "../counter-store.ts";
import { LimitModel } from "../limit-model.ts";
import { proveLimits } from "../prove-limits.ts";
import { createMemoryCounterStore } from "./create-memory-counter-store.ts";

const WINDOWS_MS = [10, 100, 999, 1_000, 60_000];
const SCHEDULES = Number(process.env["FUZZ_CASES"] ?? 4_000);

describe("limits in memory against a brute-force model", () => {
  it(`hold in ${SCHEDULES} random schedules`, { timeout: 3_600_000 }, async () => {
    let schedules = 0;
    // A new store now and then: each lives for some simulated days.
    for (let seed = 20_261_120; schedules < SCHEDULES; seed++) {
      let nowMs = 0;
      const store = createMemoryCounterStore({ clock: { now: () => nowMs, monotonicMs: () => nowMs } });
      const proof = await proveLimits({
        schedules: Math.min(10_000, SCHEDULES - schedules),
        seed,
        keysAtOnce: 20,
        windowsMs: WINDOWS_MS,
        consume: (rule, key, cost) => store.consume(rule, key, cost),
        setTime: (us) => void (nowMs = us / 1000),
      });
      expect(proof.complaints).toEqual([]);
      expect(proof.admitted).toBeGreaterThan(proof.calls / 5);
      expect(proof.admitted).toBeLessThan(proof.calls);
      schedules += proof.schedules;
    }
    expect(schedules).toBeGreaterThanOrEqual(SCHEDULES);
  });

  it.each(COUNTING_ALGORITHMS)(
    "%s: the model itself complains about a store that counts wrongly",
    async (algorithm) => {
      let nowMs = 0;
      const store = createMemoryCounterStore({ clock: { now: () => nowMs, monotonicMs: () => nowMs } });
      const generous = new Map<CounterRule, CounterRule>();
      const proof = await proveLimits({
        schedules: 400,
        seed: 7,
        keysAtOnce: 20,
        windowsMs: WINDOWS_MS,
        consume(rule, key, cost) {
          if (rule.algorithm !== algorithm) return store.consume(rule, key, cost);
          const wrong = generous.get(rule) ?? { ...rule, limit: rule.limit + 1, burst: rule.burst + 1 };
          generous.set(rule, wrong);
          return store.consume(wrong, key, cost);
        },
        setTime: (us) => void (nowMs = us / 1000),
      });
      expect(proof.complaints.length).toBeGreaterThan(0);
      expect(proof.complaints.every((text) => text.includes(algorithm))).toBe(true);
    },
  );

  it("would catch the usual sliding window, which weighs the older of two counters", () => {
    const rule: CounterRule = { name: "r", algorithm: "sliding-window", limit: 100, windowMs: 1_000, burst: 100 };
    const model = new LimitModel(rule);
    const admitted = { before: 0, now: 0 };
    const complaints: string[] = [];
    for (let us = 999_000; us < 1_999_000; us += 1_000) {
      const isBefore = us < 1_000_000;
      const older = isBefore ? 0 : admitted.before * (1 - (us - 1_000_000) / 1_000_000);
      const room = Math.max(0, Math.floor(100 - older - (isBefore ? admitted.before : admitted.now)));
      for (let unit = 0; unit < room; unit++) {
        const complaint = model.judge(us, 1, true);
        if (complaint !== undefined) complaints.push(complaint);
      }
      if (isBefore) admitted.before += room;
      else admitted.now += room;
    }
    expect(admitted.before + admitted.now).toBeGreaterThan(190);
    expect(complaints.length).toBeGreaterThan(0);
  });
});
