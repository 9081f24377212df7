import type { ErrorEvent, GatewatchEvent, RequestEvent } from "@gatewatch/protocol";
import { describe, expect, test } from "vitest";
import { createDropCounter } from "./drop-counter.ts";
import { createEventQueue, type EventQueue } from "./event-queue.ts";

const request = (path: string): RequestEvent => ({
  type: "request",
  time: 1,
  method: "GET",
  path,
  status: 200,
  durationMs: 1,
});
const error = (id: string, message = "m"): ErrorEvent => ({
  type: "error",
  id,
  time: 1,
  level: "error",
  handled: true,
  mechanism: "throw",
  exceptions: [{ type: "Error", message, frames: [] }],
});

function setUp(
  maxEvents = 100,
  maxBytes = 1_000_000,
): { queue: EventQueue; drops: ReturnType<typeof createDropCounter> } {
  const drops = createDropCounter();
  return { queue: createEventQueue({ maxEvents, maxBytes, countDrop: drops.add }), drops };
}

describe("createEventQueue()", () => {
  test("hands out errors first, then the others, and requests apart from both", () => {
    const { queue } = setUp();
    for (const event of [request("/"), { type: "custom", time: 1, name: "sold" } as const, error("e")])
      queue.push(event, 1);
    expect(queue.take(10, 1_000_000).map((item) => item.kind)).toEqual(["error", "other"]);
    expect(queue.take(10, 1_000_000).map((item) => item.kind)).toEqual(["request"]);
    expect(queue).toMatchObject({ size: 0, bytes: 0 });
  });

  test("refuses a request rather than dropping an error", () => {
    const { queue, drops } = setUp(2);
    for (const event of [error("1"), error("2"), request("/")]) queue.push(event, 1);
    expect(queue.oldestAt("request")).toBeUndefined();
    expect(drops.totals()).toEqual({ queue_full: 1 });
    queue.push(error("3"), 1);
    expect(queue.size).toBe(2);
    expect(drops.totals()).toEqual({ queue_full: 2 });
  });

  test("holds to its bytes", () => {
    const { queue, drops } = setUp(1_000, 10_000);
    for (let index = 0; index < 500; index += 1) queue.push(error(String(index), "x".repeat(500)), 1);
    expect(queue.bytes).toBeLessThanOrEqual(10_000);
    expect(queue.size + (drops.totals().queue_bytes_full ?? 0)).toBe(500);
  });

  test("takes no more than asked, but always one", () => {
    const { queue } = setUp();
    for (const id of ["1", "2", "3"]) queue.push(error(id, "x".repeat(1_000)), 1);
    expect(queue.take(10, 1)).toHaveLength(1);
    expect(queue.take(1, 1_000_000)).toHaveLength(1);
  });

  test("counts what is too large or cannot be written as JSON", () => {
    const { queue, drops } = setUp();
    const cyclic: { type: "custom"; time: number; name: string; attributes: Record<string, never> } = {
      type: "custom",
      time: 1,
      name: "n",
      attributes: {},
    };
    Object.assign(cyclic.attributes, { self: cyclic });
    queue.push(cyclic as unknown as GatewatchEvent, 1);
    queue.push({ type: "custom", time: 1, name: "n", attributes: { big: "x".repeat(70_000) } }, 1);
    expect(drops.totals()).toEqual({ serialisation_failed: 1, event_too_large: 1 });
    expect(queue.size).toBe(0);
  });

  test("keeps its order over many pushes and takes", () => {
    const { queue } = setUp(10_000);
    const seen: string[] = [];
    for (let round = 0; round < 2_000; round += 1) {
      queue.push(request(`/${2 * round}`), 1);
      queue.push(request(`/${2 * round + 1}`), 1);
      for (const item of queue.take(1, 1_000)) if (item.kind === "request") seen.push(item.event.path);
    }
    expect(seen).toEqual(Array.from({ length: 2_000 }, (_, index) => `/${index}`));
  });
});
