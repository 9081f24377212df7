import { describe, expect, it } from "vitest";
import type { DetectableEvent } from "../ports.ts";
import { SnapshotError } from "../snapshot/snapshot-error.ts";
import { StateWriter } from "../snapshot/state-writer.ts";
import { createEventDetector } from "./create-event-detector.ts";
import { MAX_LOGGED_CHARACTERS, MAX_LOGGED_EVENTS, tryReadEventLog, writeEventLog } from "./event-log.ts";

const orderAt = (index: number): DetectableEvent => ({
  type: "order",
  user_id: `u${(index * 7) % 90}`,
  amount: 10 + ((index * 37) % 300),
  currency: index % 4 === 0 ? "USD" : "EUR",
});

function writeOrders(from: number, to: number): Uint8Array {
  const events = Array.from({ length: to - from }, (_, offset) => from + offset);
  return writeEventLog(events.map((index) => ({ atMs: index * 1_000, json: JSON.stringify(orderAt(index)) })));
}

describe("a log of events", () => {
  it("teaches a detector exactly what the events themselves would have", () => {
    const [told, witness] = [createEventDetector(), createEventDetector()];
    for (let from = 0; from < 3_000; from += 60) told.merge(writeOrders(from, from + 60));
    for (let index = 0; index < 3_000; index++) witness.learn(orderAt(index), index * 1_000);
    expect(told.snapshot()).toEqual(witness.snapshot());
    expect(told.judge({ ...orderAt(1), currency: "XXX" }, 3e6)).toMatchObject({ state: "ready", isAnomaly: true });
  });

  it("is refused whole when it is damaged, cut, or holds what is no event", () => {
    const detector = createEventDetector();
    detector.merge(writeOrders(0, 50));
    const before = detector.snapshot();
    const log = writeOrders(50, 100);
    for (let at = 0; at < log.length; at += 211) {
      const poisoned = log.slice();
      poisoned[at]! ^= 0x40;
      expect(() => detector.merge(poisoned)).toThrow(SnapshotError);
    }
    expect(() => detector.merge(log.subarray(0, log.length - 5))).toThrow(SnapshotError);
    for (const json of ["7", "null", '{"a":']) {
      const events = [
        { atMs: 0, json: JSON.stringify(orderAt(1)) },
        { atMs: 1, json },
      ];
      expect(() => detector.merge(writeEventLog(events))).toThrow(SnapshotError);
    }
    expect(() => detector.merge(writeEventLog([{ atMs: Number.NaN, json: "{}" }]))).toThrow(SnapshotError);
    expect(detector.snapshot()).toEqual(before);
  });

  it("holds no more than it may", () => {
    const many = Array.from({ length: MAX_LOGGED_EVENTS + 1 }, () => ({ atMs: 0, json: "{}" }));
    expect(() => writeEventLog(many)).toThrow(RangeError);
    expect(() => writeEventLog([{ atMs: 0, json: `"${"x".repeat(MAX_LOGGED_CHARACTERS)}"` }])).toThrow(RangeError);
    const w = new StateWriter("event-log", 1);
    w.count(MAX_LOGGED_EVENTS + 1);
    expect(() => tryReadEventLog(w.finish())).toThrow(SnapshotError);
    expect(tryReadEventLog(createEventDetector().snapshot())).toBeUndefined();
  });

  it("makes nothing of names of the prototype", () => {
    const detector = createEventDetector();
    detector.merge(writeEventLog([{ atMs: 0, json: '{"__proto__":{"x":1},"constructor":"y"}' }]));
    expect(Object.prototype).not.toHaveProperty("x");
    expect(detector.stats.events).toBe(1);
  });
});
