import { createEventDetector, type DetectableEvent, restoreEventDetector } from "@gatewatch/detect";
import { SnapshotError } from "@gatewatch/detect/snapshot/snapshot-error";
import { describe, expect, it } from "vitest";
import { WatchedStream } from "./watched-stream.ts";

const KIT = { create: () => createEventDetector(), restore: (bytes: Uint8Array) => restoreEventDetector(bytes) };

const orderAt = (index: number): DetectableEvent => ({
  type: "order",
  user_id: `u${(index * 7) % 90}`,
  amount: 10 + ((index * 37) % 300),
  currency: index % 4 === 0 ? "USD" : "EUR",
});
/** Behind all events. */
const NOW = 3_000_000;
const ODD = { ...orderAt(1), currency: "XXX" };

function open(events = 0): WatchedStream {
  const stream = new WatchedStream("orders", KIT);
  stream.startLog();
  for (let index = 0; index < events; index++) stream.observe(orderAt(index), index * 1_000);
  return stream;
}

function snapshotOf(events: number): Uint8Array {
  const detector = createEventDetector();
  for (let index = 0; index < events; index++) detector.learn(orderAt(index), index * 1_000);
  return detector.snapshot();
}

describe("a watched stream", () => {
  it("is ready at once when it takes over what others have seen", async () => {
    const stream = open(3);
    expect(stream.state).toBe("calibrating");
    expect(await stream.adopt(snapshotOf(2_000), NOW)).toBe(true);
    expect(stream.state).toBe("ready");
    expect(stream.judge(ODD, 2e6)).toMatchObject({ isAnomaly: true, findings: [{ field: "currency" }] });
  });

  it("teaches what it takes over all that it has not handed in yet", async () => {
    const stream = open(800);
    const log = stream.takeLog()!;
    for (let index = 800; index < 1_000; index++) stream.observe(orderAt(index), index * 1_000);
    const server = createEventDetector();
    server.merge(log);
    expect(await stream.adopt(server.snapshot(), NOW)).toBe(true);
    const witness = createEventDetector();
    for (let index = 0; index < 1_000; index++) witness.learn(orderAt(index), index * 1_000);
    expect(stream.judge(ODD, 2e6)).toEqual(witness.judge(ODD, 2e6));
  });

  it("loses no event that comes while it takes over", async () => {
    const stream = open(400);
    const adopting = stream.adopt(snapshotOf(500), NOW);
    for (let index = 400; index < 700; index++) stream.observe(orderAt(index), index * 1_000);
    expect(await adopting).toBe(true);
    const server = createEventDetector();
    server.merge(stream.takeLog()!);
    expect(server.stats.events).toBe(700);
  });

  it("keeps what it knows where others know less", async () => {
    const stream = open(1_200);
    stream.takeLog();
    expect(await stream.adopt(snapshotOf(100), NOW)).toBe(false);
    expect(stream.state).toBe("ready");
  });

  it("keeps what it knows where a state is damaged", async () => {
    const stream = open(1_200);
    const before = stream.judge(ODD, 2e6);
    const poisoned = snapshotOf(2_000);
    poisoned[5_000]! ^= 1;
    for (const bytes of [poisoned, snapshotOf(2_000).subarray(0, 9_000), new Uint8Array(0), Buffer.from("<html>")])
      await expect(stream.adopt(bytes, NOW)).rejects.toThrow(SnapshotError);
    expect(stream.judge(ODD, 2e6)).toEqual(before);
  });
});

describe("what a stream tells others", () => {
  async function tell(event: DetectableEvent): Promise<Uint8Array> {
    const stream = open();
    stream.learn(event, 5);
    const told = createEventDetector();
    told.merge(stream.takeLog()!);
    return told.snapshot();
  }

  it.each<[string, DetectableEvent]>([
    ["a date", { name: "x", born: new Date(0) }],
    ["a big number", { name: "x", size: 10n ** 20n }],
    ["something that would be written in another way", { name: "x", price: { digits: [1, 2], toJSON: () => "1.2" } }],
    ["bytes", { name: "x", data: new Uint8Array(9) }],
    ["an instance", { name: "x", at: new URLSearchParams("a=1") }],
  ])("means to them what it means here: %s", async (_, event) => {
    const here = createEventDetector();
    here.learn(event, 5);
    const told = await tell(event);
    const fieldsOf = (bytes: Uint8Array) => restoreEventDetector(bytes).judge({ extra: 1 }, 5).score;
    expect(fieldsOf(told)).toBe(fieldsOf(here.snapshot()));
  });

  it("is an unbroken stretch of bounded size; the rest is counted", () => {
    const stream = open(1_500);
    expect(stream.passedOver).toBe(500);
    expect(stream.takeLog()!.length).toBeLessThan(300_000);
    stream.learn({ text: "x".repeat(5_000) }, 0);
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    Object.defineProperty(cyclic, "secret", {
      enumerable: true,
      get: () => {
        throw new Error("mine");
      },
    });
    stream.learn(cyclic, 0);
    expect([stream.passedOver, stream.takeLog()]).toEqual([502, undefined]);
  });

  it("does not change when the app changes the event later", () => {
    const [stream, told] = [open(), createEventDetector()];
    const event: Record<string, unknown> = { type: "login" };
    stream.learn(event, 0);
    event["password"] = "hunter2";
    const log = stream.takeLog()!;
    expect(Buffer.from(log).toString("utf8")).not.toContain("hunter2");
    told.merge(log);
    expect(told.stats.events).toBe(1);
  });

  it("is nothing once the server hears of it in another way", () => {
    const stream = open(5);
    stream.stopLog();
    stream.learn(orderAt(6), 0);
    expect(stream.takeLog()).toBeUndefined();
  });
});
