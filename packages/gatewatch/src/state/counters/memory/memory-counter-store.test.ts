import { describe, expect, it } from "vitest";
import { describeCounterStore } from "../counter-contract.ts";
import type { CounterRule } from "../counter-store.ts";
import { createMemoryCounterStore } from "./create-memory-counter-store.ts";

function createClock(startMs = 1_000_000.25) {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    pass: async (ms: number) => void (nowMs += ms),
  };
}

describeCounterStore("memory", async () => {
  const clock = createClock();
  return { store: createMemoryCounterStore({ clock }), pass: clock.pass };
});

const rule = (changes: Partial<CounterRule> = {}): CounterRule => ({
  name: "r",
  algorithm: "token-bucket",
  limit: 5,
  windowMs: 60_000,
  burst: 5,
  ...changes,
});

describe("the memory store's bounds", () => {
  it.each(["fixed-window", "sliding-window", "sliding-log", "token-bucket"] as const)(
    "%s: strangers without number never reset an offender, and memory stays bounded",
    (algorithm) => {
      const clock = createClock();
      const store = createMemoryCounterStore({ clock, maxKeys: 1_000 });
      const counted = rule({ algorithm });
      for (let index = 0; index < 9; index++) store.consume(counted, "offender", 1);
      for (let index = 0; index < 200_000; index++) store.consume(counted, `stranger ${index}`, 1);
      expect(store.consume(counted, "offender", 1).allowed).toBe(false);
      expect(store.stats()).toMatchObject({ keys: 1_000, evicted: 199_001, crowded: 0 });
      expect(store.bytes()).toBeLessThan(600_000);
    },
  );

  it("gives up the least used keys before those that are nearly used up", () => {
    const store = createMemoryCounterStore({ clock: createClock(), maxKeys: 100 });
    const counted = rule({ algorithm: "fixed-window" });
    for (let index = 0; index < 4; index++) store.consume(counted, "at four of five", 1);
    for (let index = 0; index < 50_000; index++) store.consume(counted, `stranger ${index}`, 1);
    expect(store.consume(counted, "at four of five", 1)).toMatchObject({ allowed: true, remaining: 0 });
    expect(store.consume(counted, "at four of five", 1).allowed).toBe(false);
  });

  it("lets newcomers share counters while it holds nothing but offenders, so that none of these is let off", () => {
    const store = createMemoryCounterStore({ clock: createClock(), maxKeys: 100 });
    const counted = rule({ algorithm: "fixed-window", limit: 1 });
    for (let index = 0; index < 100; index++) store.consume(counted, `offender ${index}`, 1);
    let admitted = 0;
    for (let index = 0; index < 50_000; index++) {
      if (store.consume(counted, `newcomer ${index}`, 1).allowed) admitted++;
    }
    expect(admitted).toBeLessThanOrEqual(1024);
    expect(store.stats()["crowded"]).toBe(50_000);
    for (let index = 0; index < 100; index++) {
      expect(store.consume(counted, `offender ${index}`, 1).allowed).toBe(false);
    }
  });

  it("reuses the room of ended keys without a timer", async () => {
    const clock = createClock();
    const store = createMemoryCounterStore({ clock, maxKeys: 100_000 });
    const counted = rule({ algorithm: "fixed-window" });
    for (let round = 0; round < 50; round++) {
      for (let index = 0; index < 1_000; index++) store.consume(counted, `${round} ${index}`, 1);
      await clock.pass(61_000);
    }
    expect(store.stats()["keys"]).toBeLessThan(2_500);
    expect(store.stats()["evicted"]).toBe(0);
  });

  it.each([
    ["fixed-window", 60],
    ["token-bucket", 80],
    ["sliding-window", 200],
  ] as const)("%s: 100,000 keys take at most %d bytes each", (algorithm, bytes) => {
    const store = createMemoryCounterStore({ clock: createClock() });
    const counted = rule({ algorithm });
    for (let index = 0; index < 100_000; index++) store.consume(counted, `2001:db8:${index}::/56`, 1);
    expect(store.stats()["keys"]).toBe(100_000);
    expect(store.bytes() / 100_000).toBeLessThanOrEqual(bytes);
  });

  it("keeps its counters true while keys come, end, are reset and come again", async () => {
    const clock = createClock();
    const store = createMemoryCounterStore({ clock, maxKeys: 500 });
    const counted = rule({ algorithm: "fixed-window", limit: 3, windowMs: 1_000 });
    const model = new Map<string, { count: number; untilMs: number }>();
    const wrong: number[] = [];
    let seed = 7;
    const draw = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % below;
    };
    for (let step = 0; step < 100_000; step++) {
      const key = `key ${draw(400)}`;
      const nowMs = clock.monotonicMs();
      if (draw(20) === 0) {
        store.reset(counted, key);
        model.delete(key);
      } else {
        const known = model.get(key);
        const entry = known === undefined || known.untilMs <= nowMs ? { count: 0, untilMs: nowMs + 1_000 } : known;
        model.set(key, entry);
        const expected = entry.count < 3;
        if (expected) entry.count++;
        if (store.consume(counted, key, 1).allowed !== expected) wrong.push(step);
      }
      await clock.pass(draw(5));
    }
    expect(wrong).toEqual([]);
    expect(store.stats()).toMatchObject({ evicted: 0, crowded: 0 });
  });

  it("bounds the log of hits: beyond it they merge, to the strict side", async () => {
    const clock = createClock();
    const store = createMemoryCounterStore({ clock });
    const counted = rule({ algorithm: "sliding-log", limit: 10_000 });
    for (let key = 0; key < 500; key++) {
      for (let hit = 0; hit < 10_000; hit++) {
        store.consume(counted, `k${key}`, 1);
        if (hit % 100 === 0) void clock.pass(0.01);
      }
    }
    expect(store.bytes()).toBeLessThan(100_000_000);
    expect(store.consume(counted, "k0", 1).allowed).toBe(false);
  });

  it("forgets the block that ends first when there are too many", async () => {
    const store = createMemoryCounterStore({ clock: createClock() });
    for (let index = 0; index < 10_001; index++) store.block(`k${index}`, 60_000 + index);
    expect(store.stats()["blocked"]).toBe(10_000);
    expect(store.peek(rule(), "k0").blocked).toBe(false);
    expect(store.peek(rule(), "k1").blocked).toBe(true);
    expect(store.peek(rule(), "k10000").blocked).toBe(true);
  });

  it("counts a window of another length apart", () => {
    const store = createMemoryCounterStore({ clock: createClock() });
    store.consume(rule({ limit: 1, burst: 1 }), "k", 1);
    expect(store.peek(rule({ limit: 1, burst: 1, windowMs: 1_000 }), "k").allowed).toBe(true);
    expect(store.peek(rule({ limit: 1, burst: 1 }), "k").allowed).toBe(false);
  });
});
