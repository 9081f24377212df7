import { describe, expect, it } from "vitest";
import { createBaselineDetector } from "./create-baseline-detector.ts";
import { createDetectorPool } from "./create-detector-pool.ts";
import type { DetectableEvent, Detector } from "./index.ts";

/** 0 ≤ n < 1, the same in each run. */
function createRandom(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function payment(random: () => number, changes: DetectableEvent = {}): DetectableEvent {
  const body = { amount: (20 + random() * 80).toFixed(2), currency: random() < 0.9 ? "EUR" : "USD", ...changes };
  return { timestamp: `2026-01-01T00:00:${random()}Z`, type: "payment", body };
}

function teach(detector: Detector, events: number, seed = 1): Detector {
  const random = createRandom(seed);
  for (let index = 0; index < events; index++) detector.learn(payment(random), index);
  return detector;
}

describe("the baseline detector", () => {
  const taught = teach(createBaselineDetector(), 3000);

  it.each<[string, number, number]>([
    ["nothing", 0, 0.1],
    ["too little for any threshold", 250, 0.1],
    ["too little for 1 in 1,000", 1_000, 0.001],
    ["too little for 1 in 10,000", 9_000, 0.0001],
  ])("is calibrating and calls nothing anomalous while it knows %s", (_, events, threshold) => {
    const verdict = teach(createBaselineDetector({ threshold }), events).judge({ body: { amount: 1e12 } }, 0);
    expect(verdict).toEqual({ state: "calibrating", isAnomaly: false, pValue: 1, findings: [] });
  });

  it.each<[string, DetectableEvent, string]>([
    ["an amount far beyond", { amount: 1_000_000 }, "body.amount"],
    ["the same written as a text", { amount: "1000000" }, "body.amount"],
    ["an amount far below", { amount: -5000 }, "body.amount"],
    ["a text where numbers stand", { amount: "1 OR 1=1" }, "body.amount"],
    ["a category never seen", { currency: "XXX" }, "body.currency"],
    ["a number where texts stand", { currency: 7 }, "body.currency"],
    ["a field that is missing", { amount: undefined }, "body.amount"],
    ["a null", { amount: null }, "body.amount"],
    ["a list", { amount: [1, 2] }, "body.amount"],
    ["an object", { currency: { $gt: "" } }, "body.currency"],
    ["a field never seen", { admin: true }, "body.admin"],
  ])("finds %s, and says what was expected", (_, changes, field) => {
    const verdict = taught.judge(payment(createRandom(9), changes), 0);
    expect(verdict).toMatchObject({ state: "ready", isAnomaly: true });
    expect(verdict.pValue).toBeLessThanOrEqual(0.001);
    const finding = verdict.findings.find((item) => item.field.startsWith(field));
    expect(finding?.message).toContain(`expected ${finding?.expected}, seen ${finding?.seen}`);
  });

  it("names the usual range and the usual values", () => {
    const [amount] = taught.judge(payment(createRandom(9), { amount: 4_000 }), 0).findings;
    expect(amount).toMatchObject({ field: "body.amount", seen: "4000" });
    expect(amount?.expected).toMatch(/^2\d(\.\d+)? to 9\d(\.\d+)?$/);
    const [currency] = taught.judge(payment(createRandom(9), { currency: "XXX" }), 0).findings;
    expect(currency).toMatchObject({ expected: '"EUR", "USD"', seen: '"XXX"' });
  });

  it("calls normal events anomalous about as often as the threshold says", () => {
    const detector = teach(createBaselineDetector({ threshold: 0.01 }), 3000);
    const random = createRandom(77);
    let alarms = 0;
    for (let index = 0; index < 5000; index++) {
      const event = payment(random);
      if (detector.judge(event, index).isAnomaly) alarms++;
      detector.learn(event, index);
    }
    expect(alarms).toBeLessThanOrEqual(100);
  });

  it("does not learn by judging", () => {
    const odd = payment(createRandom(9), { currency: "XXX" });
    for (let index = 0; index < 2000; index++) taught.judge(odd, index);
    expect(taught.judge(odd, 0).isAnomaly).toBe(true);
  });

  it("gets used to what stays", () => {
    const detector = teach(createBaselineDetector(), 2000);
    const random = createRandom(5);
    for (let index = 0; index < 4000; index++) detector.learn(payment(random, { currency: "CHF" }), index);
    expect(detector.judge(payment(random, { currency: "CHF" }), 0).isAnomaly).toBe(false);
  });

  it("stays small whatever strangers send", () => {
    const detector = createBaselineDetector();
    const random = createRandom(3);
    for (let index = 0; index < 2_000; index++) {
      const junk = Object.fromEntries(Array.from({ length: 10 }, () => [`k${random()}`, `v${random()}`.repeat(20)]));
      detector.learn({ ...junk, deep: { a: { b: { c: { d: { e: 1 } } } } }, list: [1, 2, 3] }, index);
    }
    expect(detector.judge({ list: [1, 2, 3], deep: { a: { b: {} } } }, 0).state).toBe("ready");
  });

  it.each([0, 1e-5, 0.5, Number.NaN])("refuses the threshold %d", (threshold) => {
    expect(() => createBaselineDetector({ threshold })).toThrow(RangeError);
  });

  it("takes names of the prototype for names", () => {
    const detector = createBaselineDetector();
    const event = JSON.parse('{"__proto__":{"x":1},"constructor":"y","toString":2}') as DetectableEvent;
    for (let index = 0; index < 500; index++) detector.learn(event, index);
    expect(detector.judge(event, 0).state).toBe("calibrating");
    expect(Object.prototype).not.toHaveProperty("x");
  });
});

describe("the pool of detectors", () => {
  it("keeps the streams that were asked for last", () => {
    const pool = createDetectorPool(() => createBaselineDetector(), 2);
    const first = pool.of("a");
    pool.of("b");
    expect(pool.of("a")).toBe(first);
    pool.of("c");
    expect(pool.of("a")).toBe(first);
    expect([pool.size, pool.forgotten]).toEqual([2, 1]);
  });
});
