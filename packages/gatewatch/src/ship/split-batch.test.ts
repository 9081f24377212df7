import type { NativeBatch, RequestEvent } from "@gatewatch/protocol";
import { describe, expect, test } from "vitest";
import { encodeBatch } from "./encode-batch.ts";
import type { QueuedEvent } from "./event-queue.ts";
import { splitBatch } from "./split-batch.ts";

const request = (path: string): QueuedEvent => {
  const event: RequestEvent = {
    type: "request",
    time: 1_000,
    method: "GET",
    path,
    status: 200,
    durationMs: 2,
    client: "c",
  };
  return { kind: "request", event, bytes: 1, at: 1 };
};
const other = (name: string): QueuedEvent => ({
  kind: "other",
  json: JSON.stringify({ type: "custom", time: 1, name }),
  bytes: 1,
  at: 1,
});
const read = (batch: { json: Buffer } | undefined): NativeBatch =>
  JSON.parse(batch?.json.toString("utf8") ?? "null") as NativeBatch;

describe("splitBatch()", () => {
  test("keeps every row and event, in order, under new ids, and the drops in one half only", () => {
    const whole = encodeBatch(
      "whole",
      5,
      ["/a", "/b", "/c"].map(request).concat(["x", "y"].map(other)),
      { service: "s" },
      { sampled: 2 },
    );
    let count = 0;
    const halves = splitBatch(whole, () => `half-${(count += 1)}`);
    const [left, right] = [read(halves?.[0]), read(halves?.[1])];
    expect(halves?.map(({ id, events, half }) => [id, events, half])).toEqual([
      ["half-1", 2, true],
      ["half-2", 3, true],
    ]);
    expect(left).toMatchObject({ batch: "half-1", sentAt: 5, resource: { service: "s" }, drops: { sampled: 2 } });
    expect(right).not.toHaveProperty("drops");
    const pathsOf = ({ dict, columns }: NativeBatch): unknown[] =>
      (columns?.request?.path ?? []).map((index) => dict?.[Number(index)]);
    expect([...pathsOf(left), ...pathsOf(right)]).toEqual(["/a", "/b", "/c"]);
    expect([left.columns?.request?.n, right.columns?.request?.n]).toEqual([2, 1]);
    expect(
      [...(left.events ?? []), ...(right.events ?? [])].map((event) => (event.type === "custom" ? event.name : "")),
    ).toEqual(["x", "y"]);
  });

  test("does not halve a half, or a single event", () => {
    const single = encodeBatch("one", 1, [other("x")], undefined, undefined);
    expect(splitBatch(single, () => "id")).toBeUndefined();
    expect(splitBatch({ ...single, events: 2, half: true }, () => "id")).toBeUndefined();
  });
});
