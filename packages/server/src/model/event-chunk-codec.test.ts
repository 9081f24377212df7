import { expect, test } from "vitest";
import { decodeEventChunk, encodeEventChunk } from "./event-chunk-codec.ts";

const NOW = 1_800_000_000_000;

test("events come back with their batch, index and exact text", () => {
  const parts = [1, 2].map((seed) => ({
    batchId: new Uint8Array(16).fill(seed),
    receivedAt: NOW + seed,
    resource: seed === 1 ? { service: "shop" } : undefined,
    events: Array.from({ length: 40 }, (_, i) => ({
      index: 10 + i,
      time: NOW - i,
      json: JSON.stringify({ type: "log", message: `Größe ${i} 🦊`, time: NOW - i }),
    })),
  }));
  const { body, count, minTime, maxTime } = encodeEventChunk(parts);
  expect({ count, minTime, maxTime }).toEqual({ count: 80, minTime: NOW - 39, maxTime: NOW });
  expect(body.length).toBeLessThan(80 * 30);
  const events = decodeEventChunk(body);
  expect(events.map(({ index, time, json }) => ({ index, time, json }))).toEqual(parts.flatMap((part) => part.events));
  expect(events[39]!.batch).toMatchObject({ receivedAt: NOW + 1, resource: { service: "shop" } });
  expect(events[40]!.batch).toMatchObject({ receivedAt: NOW + 2, resource: undefined });
  expect(events[40]!.batch.batchId).toEqual(new Uint8Array(16).fill(2));
});

test("damaged or newer bytes are refused", () => {
  const { body } = encodeEventChunk([
    {
      batchId: new Uint8Array(16),
      receivedAt: NOW,
      resource: undefined,
      events: [{ index: 0, time: NOW, json: "{}" }],
    },
  ]);
  expect(() => decodeEventChunk(body.subarray(0, -1))).toThrow(RangeError);
  expect(() => decodeEventChunk(Uint8Array.of(3, 2))).toThrow("version 3");
  expect(() => decodeEventChunk(Uint8Array.of(1, 1))).toThrow("kind 1");
});
