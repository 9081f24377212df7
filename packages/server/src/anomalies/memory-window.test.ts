import type { EventDetector } from "@gatewatch/detect";
import { beforeEach, expect, test } from "vitest";
import { createDetectorKitStandIn } from "./detector-stand-in.ts";
import { MemoryWindow } from "./memory-window.ts";

const HOUR_MS = 3_600_000;
const kit = createDetectorKitStandIn();

let drift: number;
let made: number;
let memory: MemoryWindow;

/** A detector of which the test says how much it has drifted. */
function create(): EventDetector {
  made += 1;
  const detector = kit.createEvents({ profile: "sensitive" });
  return {
    ...detector,
    get stats() {
      return { ...detector.stats, drift };
    },
  };
}

beforeEach(() => {
  drift = 1;
  made = 0;
  memory = new MemoryWindow({ detector: create(), create, young: null, head: { size: 4_000, changedAt: 0 } });
});

function observe(count: number, adapts = true): void {
  for (let index = 0; index < count; index++) memory.observe({ index }, 0, adapts);
}

test("a memory that is not to adapt stays one detector for ever", () => {
  const { detector } = memory;
  observe(10_000, false);
  expect([memory.detector, memory.young, made]).toEqual([detector, null, 1]);
});

test("an adaptive one forgets what is older than two windows", () => {
  observe(4_000);
  expect(memory.detector.stats.events).toBe(4_000);
  const first = memory.detector;
  observe(3_999);
  expect(memory.detector).toBe(first);
  observe(1);
  expect(memory.detector).not.toBe(first);
  expect(memory.detector.stats.events).toBe(4_000);
});

test("a stream that has changed is judged by what it was lately, at most once an hour", () => {
  observe(3_000);
  const first = memory.detector;
  drift = 19;
  expect(memory.adapt(HOUR_MS)).toBeNull();
  drift = 40.4;
  expect(memory.adapt(HOUR_MS - 1)).toBeNull();
  expect(memory.adapt(HOUR_MS)).toEqual({
    from: 4_000,
    to: 2_000,
    reason: "the stream has changed (evidence 40)",
  });
  expect(memory.detector).not.toBe(first);
  observe(1_999);
  expect(memory.adapt(3 * HOUR_MS)).toBeNull();
});

test("the window never leaves its bounds, and a young memory that knows too little takes no place", () => {
  observe(1_999);
  drift = 1_000;
  expect(memory.adapt(HOUR_MS)).toBeNull();
  drift = 0;
  const sizes: number[] = [];
  for (let day = 1; day < 20; day++) {
    const change = memory.adapt(day * 24 * HOUR_MS);
    if (change !== null) sizes.push(change.to);
  }
  expect(sizes.slice(0, 2)).toEqual([8_000, 16_000]);
  expect(sizes.at(-1)).toBe(1_000_000);
  expect(new Set(sizes).size).toBe(sizes.length);
});

test("what people say reaches both generations, and the younger goes when the switch is turned off", () => {
  observe(20);
  kit.feedback.length = 0;
  memory.feedback({ a: 1 }, "confirmed", 0);
  expect(kit.feedback).toHaveLength(2);
  observe(1, false);
  expect(memory.young).toBeNull();
});
