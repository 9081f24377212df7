import type { GatewatchEvent } from "@gatewatch/protocol";
import { describe, expect, test } from "vitest";
import { createConsoleSink } from "./create-console-sink.ts";
import { createFunctionSink } from "./create-function-sink.ts";

const event: GatewatchEvent = { type: "custom", time: 1, name: "sold" };

describe("createFunctionSink()", () => {
  test("hands over every event and waits for promises in flush()", async () => {
    let finish = (): void => undefined;
    const seen: GatewatchEvent[] = [];
    const sink = createFunctionSink((one) => {
      seen.push(one);
      return new Promise<void>((resolve) => (finish = resolve));
    });
    sink.push(event);
    expect(sink.stats()).toMatchObject({ pushed: 1, sent: 0, queued: 1 });
    expect(await sink.flush(0)).toBe(false);
    finish();
    expect(await sink.flush(10_000)).toBe(true);
    expect(seen).toEqual([event]);
    expect(sink.stats()).toMatchObject({ sent: 1, queued: 0 });
  });

  test("counts what the function throws or rejects with", async () => {
    const throwing = createFunctionSink(() => {
      throw new Error("thrown");
    });
    const rejecting = createFunctionSink(() => Promise.reject(new Error("rejected")));
    for (const sink of [throwing, rejecting]) {
      sink.push(event);
      await sink.flush(10_000);
    }
    expect(throwing.stats()).toMatchObject({ dropped: { sink_failed: 1 }, lastError: "thrown" });
    expect(rejecting.stats()).toMatchObject({ dropped: { sink_failed: 1 }, lastError: "rejected" });
  });

  test("takes nothing after close()", async () => {
    const seen: GatewatchEvent[] = [];
    const sink = createFunctionSink((one) => seen.push(one));
    await sink.close(0);
    sink.push(event);
    expect(seen).toEqual([]);
  });
});

describe("createConsoleSink()", () => {
  test("writes one line of JSON per event", () => {
    const lines: string[] = [];
    createConsoleSink((line) => lines.push(line)).push(event);
    expect(lines).toEqual(['{"type":"custom","time":1,"name":"sold"}']);
  });
});
