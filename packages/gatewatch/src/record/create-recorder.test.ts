import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { AsyncLocalStorage } from "node:async_hooks";
import type { ErrorEvent, GatewatchEvent } from "@gatewatch/protocol";
import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import { describe, expect, test } from "vitest";
import type { Exchange } from "../gate/exchange.ts";
import { createClockStandIn, until } from "../ship/clock-stand-in.ts";
import { createSinkStandIn, type SinkStandIn } from "../ship/sink-stand-in.ts";
import { createExchangeStandIn, createOutcomeStandIn } from "./exchange-stand-in.ts";
import { createRecorder, type OwnedRecorder } from "./create-recorder.ts";
import type { RecorderOptions } from "./recorder-options.ts";

const log: string[] = [];
const say = (message: string): unknown => log.push(message);
const logger = { info: say, warn: say, error: say };
const redactor = createRedactor();

function setUp(
  options: Partial<RecorderOptions> = {},
  sink = createSinkStandIn(),
): {
  recorder: OwnedRecorder;
  sink: SinkStandIn;
  clock: ReturnType<typeof createClockStandIn>;
} {
  const clock = createClockStandIn();
  const recorder = createRecorder({ redactor, logger, clock, ownFolder: "", root: import.meta.dirname, ...options }, [
    { sink },
  ]);
  return { recorder, sink, clock };
}

function errorsOf(sink: SinkStandIn): ErrorEvent[] {
  return sink.events.filter((event): event is ErrorEvent => event.type === "error");
}

async function firstError(sink: SinkStandIn): Promise<ErrorEvent> {
  await until(() => errorsOf(sink).length > 0);
  return errorsOf(sink)[0] as ErrorEvent;
}

describe("createRecorder()", () => {
  test("makes a redacted request event of a finished exchange", () => {
    const { recorder, sink } = setUp({ addressSecret: "cerberus-parity-test-key-v1" });
    const x = createExchangeStandIn({
      url: "/reset/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U?a=1",
      headers: { "user-agent": "UA/1" },
      user: { authenticated: true, id: 7, username: "ann" },
      clientAddress: "192.168.1.1",
    });
    x.attributes["plan"] = "pro";
    x.metrics["items"] = 3;
    recorder.recordRequest(x, createOutcomeStandIn({ status: 200 }));
    expect(sink.events[0]).toMatchObject({
      type: "request",
      requestId: "req-1",
      route: "/shop",
      status: 200,
      userId: "7",
      userAgent: "UA/1",
      attributes: { plan: "pro", items: 3 },
      client: "dde4b5e916e658bdfe3bf7ab8fd6361aa3ef212bccf9fa4f62de60d9c78b838e",
    });
    expect(JSON.stringify(sink.events)).not.toContain("dozjgNry");
  });

  test.each([
    ["a status of 500 or above", { status: 500 }, 1],
    ["an exception behind any status", { status: 200, errorId: "e" }, 1],
    ["404", { status: 404 }, 0],
    ["an aborted request", { status: 0, aborted: true }, 0],
  ])("asked for no sample, it records %s: %j → %i", (_name, outcome, events) => {
    const drops: unknown[] = [];
    const { recorder, sink } = setUp({
      requestSampleRate: 0,
      countDrop: (reason, count) => drops.push([reason, count]),
    });
    recorder.recordRequest(createExchangeStandIn(), createOutcomeStandIn(outcome));
    expect(sink.events).toHaveLength(events);
    expect(drops).toEqual(events === 1 ? [] : [["sampled", 1]]);
  });

  test("drops the client's address without a secret, and shows each sink what its policy allows", () => {
    const kept = createSinkStandIn("kept");
    const hashed = createSinkStandIn("hashed");
    const dropped = createSinkStandIn("dropped");
    const bindings = [
      { sink: kept, clientAddress: "keep" as const },
      { sink: hashed },
      { sink: dropped, clientAddress: "drop" as const },
    ];
    const clientOf = (sink: SinkStandIn): unknown => (sink.events[0] as { client?: string }).client;
    createRecorder({ redactor, logger, addressSecret: "s" }, bindings).recordRequest(
      createExchangeStandIn(),
      createOutcomeStandIn(),
    );
    expect(clientOf(kept)).toBe("203.0.113.9");
    expect(clientOf(hashed)).toMatch(/^[0-9a-f]{64}$/);
    expect(clientOf(dropped)).toBeUndefined();
    const { recorder, sink } = setUp();
    recorder.recordRequest(createExchangeStandIn(), createOutcomeStandIn());
    expect(clientOf(sink)).toBeUndefined();
  });

  test("holds an error until its exchange ends: user, route and status are those of the end", async () => {
    const { recorder, sink } = setUp();
    const facts = { user: undefined as never, route: null as string | null };
    const x = createExchangeStandIn(facts);
    const id = recorder.recordError(new Error("boom"), "throw", x);
    expect(sink.events).toHaveLength(0);
    Object.assign(facts, {
      user: { authenticated: true, id: "u1", username: "ann", email: "ann@example.org" },
      route: "/late",
    });
    recorder.finishErrors(x, createOutcomeStandIn({ status: 503, route: null }));
    const event = await firstError(sink);
    expect(event).toMatchObject({ id, level: "error", handled: true, mechanism: "throw", requestId: "req-1" });
    expect(event.request).toMatchObject({
      method: "GET",
      url: "/shop?page=2",
      route: "/late",
      status: 503,
      query: { page: "2" },
    });
    expect(event.user).toEqual({ authenticated: true, id: "u1", username: "ann" });
  });

  test("attaches five source lines to the app's own frames, read away from the request", async () => {
    const { recorder, sink } = setUp();
    recorder.recordError(new Error("with lines"), "manual", undefined);
    const [frame] = (await firstError(sink)).exceptions[0]?.frames ?? [];
    expect(frame).toMatchObject({ file: "create-recorder.test.ts", inApp: true });
    expect(frame?.context?.line).toContain('new Error("with lines")');
    expect(frame?.context?.pre).toHaveLength(2);
    expect(frame?.context?.post).toHaveLength(2);
  });

  test("captures one error object once, and twice when two exchanges throw it", async () => {
    const { recorder, sink } = setUp();
    const error = new Error("again");
    const [a, b] = [createExchangeStandIn(), createExchangeStandIn()];
    const id = recorder.recordError(error, "throw", a);
    expect(recorder.recordError(error, "next", a)).toBe(id);
    expect(recorder.recordError(error, "manual", undefined)).toBe(id);
    expect(recorder.recordError(error, "throw", b)).not.toBe(id);
    expect(recorder.recordError("text", "throw", a)).toBe(recorder.recordError("text", "next", a));
    for (const x of [a, b]) recorder.finishErrors(x, createOutcomeStandIn());
    await until(() => errorsOf(sink).length === 3);
    expect(recorder.eventOf("text", a)?.exceptions[0]).toMatchObject({ type: "string", message: "text" });
  });

  test("pushes an error whose exchange does not end after two seconds", async () => {
    const { recorder, sink, clock } = setUp({ sourceLines: false });
    recorder.recordError(new Error("slow"), "throw", createExchangeStandIn());
    clock.advance(1_999);
    expect(errorsOf(sink)).toHaveLength(0);
    clock.advance(1);
    expect(errorsOf(sink)).toHaveLength(1);
  });

  test("pushes a fatal error and all that is held at once, source lines included", () => {
    const { recorder, sink } = setUp();
    recorder.recordError(new Error("held"), "throw", createExchangeStandIn());
    recorder.recordError(new Error("fatal"), "uncaughtException", undefined);
    recorder.completeSync();
    expect(errorsOf(sink).map(({ level, handled }) => [level, handled])).toEqual([
      ["fatal", false],
      ["error", true],
    ]);
    for (const event of errorsOf(sink)) expect(event.exceptions[0]?.frames[0]?.context?.line).toContain("new Error(");
  });

  test("flush() and completeSync() bring events whose source lines are still being read", async () => {
    for (const end of [
      (recorder: OwnedRecorder) => recorder.flush(10_000),
      (recorder: OwnedRecorder) => recorder.completeSync(),
    ]) {
      const { recorder, sink } = setUp();
      const x = createExchangeStandIn();
      recorder.recordError(new Error("nearly done"), "throw", x);
      recorder.finishErrors(x, createOutcomeStandIn());
      expect(errorsOf(sink)).toHaveLength(0);
      await end(recorder);
      expect(errorsOf(sink)).toHaveLength(1);
      expect(errorsOf(sink)[0]?.exceptions[0]?.frames[0]?.context?.line).toContain("nearly done");
    }
  });

  test.each(["flush", "close"] as const)(
    "%s() waits once for a deadline: for source lines, for sinks that keep to it and for those that do not",
    async (end) => {
      const clock = createClockStandIn();
      const given: number[] = [];
      const stall = (deadlineMs: number): Promise<never> => {
        given.push(deadlineMs);
        return new Promise(() => undefined);
      };
      const stalled = { ...createSinkStandIn("stalled"), flush: stall, close: stall };
      const { recorder } = setUp({ clock }, stalled);
      recorder.recordError(new Error("its source lines take their time"), "manual", undefined);
      const ending = recorder[end](1_000);
      // The disk took 400 ms, or so the clock says.
      clock.advance(400);
      await until(() => given.length > 0);
      expect(given).toEqual([600]);
      clock.advance(600);
      expect(await ending).toBe(end === "flush" ? false : undefined);
      expect(given).toEqual([600]);
    },
  );

  test("folds a storm of 10,000 identical errors into a few events whose counts add up", async () => {
    const { recorder, sink, clock } = setUp({ sourceLines: false });
    for (let index = 0; index < 10_000; index += 1) {
      const x = createExchangeStandIn();
      recorder.recordError(new Error(`order ${index} failed`), "throw", x);
      recorder.finishErrors(x, createOutcomeStandIn());
    }
    clock.advance(1_000);
    const events = errorsOf(sink);
    expect(events).toHaveLength(6);
    expect(events.reduce((sum, event) => sum + (event.count ?? 1), 0)).toBe(10_000);
  });

  test("goes on folding when the app flushes after each error", async () => {
    const { recorder, sink } = setUp({ sourceLines: false });
    for (let index = 0; index < 20; index += 1) {
      recorder.recordError(new Error("same"), "manual", undefined);
      await recorder.flush(1_000);
    }
    expect(errorsOf(sink).filter((event) => event.count === undefined)).toHaveLength(5);
    expect(errorsOf(sink).reduce((sum, event) => sum + (event.count ?? 1), 0)).toBe(20);
  });

  test("bounds a storm of errors that all differ", async () => {
    let dropped = 0;
    const { recorder, sink, clock } = setUp({
      sourceLines: false,
      countDrop: (_reason, count) => void (dropped += count),
    });
    for (let index = 0; index < 5_000; index += 1) {
      recorder.recordError(
        new Error(`word ${"abcdefghij"[index % 10]}${String.fromCodePoint(97 + (index % 26), 0x4e00 + index)}`),
        "manual",
        undefined,
      );
    }
    clock.advance(1_000);
    const events = errorsOf(sink);
    expect(events.length).toBeLessThanOrEqual(102);
    expect(events.reduce((sum, event) => sum + (event.count ?? 1), dropped)).toBe(5_000);
  });

  test("redacts headers, query, body, messages, source lines, breadcrumbs and attributes before any sink sees them", async () => {
    const { recorder, sink } = setUp({ enrich: () => ({ apiKey: "planted-custom-secret" }) });
    const x = createExchangeStandIn({
      method: "POST",
      url: "/pay?token=planted-query-secret",
      headers: {
        authorization: "Bearer planted-header-secret",
        cookie: "sid=planted-cookie-secret",
        "content-type": "application/json",
      },
      body: { password: "planted-body-secret", note: "fine" },
    });
    x.attributes["password"] = "planted-attribute-secret";
    recorder.addBreadcrumb(
      { time: 1, category: "log", message: "password=planted-crumb-secret", data: { secret: "planted-data-secret" } },
      x,
    );
    recorder.recordError(new Error("Bearer planted-message-secret-0123456789"), "throw", x);
    recorder.finishErrors(x, createOutcomeStandIn());
    const event = await firstError(sink);
    expect(event.request?.body).toMatchObject({ note: "fine" });
    expect(event.breadcrumbs).toHaveLength(1);
    expect(Object.keys(event.custom ?? {})).toEqual(["apiKey"]);
    const withoutSource = JSON.stringify(event, (key, value: unknown) => (key === "context" ? undefined : value));
    expect(withoutSource).not.toContain("planted-");
  });

  test.each([
    ["too long a text", "x".repeat(10_001), "[Body too large: 10001 bytes]"],
    [
      "too large an object",
      { list: Array.from({ length: 3_000 }, () => "abcdef") },
      expect.stringMatching(/^\[Body too large: \d+ bytes\]$/),
    ],
    ["a text at the limit", "x".repeat(10_000), "x".repeat(10_000)],
  ])("replaces a body over 10,000 characters: %s", async (_name, body, expected) => {
    const { recorder, sink } = setUp();
    const x = createExchangeStandIn({ method: "PUT", body });
    recorder.recordError(new Error("e"), "throw", x);
    recorder.finishErrors(x, createOutcomeStandIn());
    expect((await firstError(sink)).request?.body).toEqual(expected);
  });

  test("attaches no body to a GET", async () => {
    const { recorder, sink } = setUp();
    const x = createExchangeStandIn({ method: "GET", body: "text" });
    recorder.recordError(new Error("e"), "throw", x);
    recorder.finishErrors(x, createOutcomeStandIn());
    expect((await firstError(sink)).request).not.toHaveProperty("body");
  });

  test("goes on without the hook's facts when enrich() throws, and says so once", async () => {
    log.length = 0;
    const { recorder, sink } = setUp({
      enrich() {
        throw new Error("hook");
      },
    });
    recorder.recordError(new Error("a"), "manual", undefined);
    recorder.recordError(new Error("b"), "manual", undefined);
    await until(() => errorsOf(sink).length === 2);
    expect(log.filter((line) => line.includes("enrich"))).toHaveLength(1);
  });

  test("never throws, whatever the app's objects do", () => {
    const { recorder, sink } = setUp();
    const hostile = new Proxy(createExchangeStandIn(), {
      get() {
        throw new Error("trap");
      },
    });
    expect(recorder.recordError(new Error("e"), "throw", hostile as Exchange)).toMatch(/^[0-9a-f-]{36}$/);
    recorder.recordRequest(hostile as Exchange, createOutcomeStandIn({ errorId: "e" }));
    recorder.addBreadcrumb({ time: 1, category: "custom", message: "m" }, hostile as Exchange);
    recorder.completeSync();
    expect(errorsOf(sink)).toHaveLength(1);
    expect(sink.events.filter((event: GatewatchEvent) => event.type === "request")).toHaveLength(0);
  });

  test("goes on with the other sinks when one throws", () => {
    const good = createSinkStandIn();
    const bad = createSinkStandIn("bad");
    bad.push = () => {
      throw new Error("bad sink");
    };
    createRecorder({ redactor, logger }, [{ sink: bad }, { sink: good }]).recordRequest(
      createExchangeStandIn(),
      createOutcomeStandIn(),
    );
    expect(good.events).toHaveLength(1);
  });

  test("shrinks an event that the wire would refuse", async () => {
    const { recorder, sink } = setUp({ enrich: () => ({ big: Array.from({ length: 400 }, () => "y".repeat(2_000)) }) });
    recorder.recordError(new Error("big"), "manual", undefined);
    const event = await firstError(sink);
    expect(event.custom).toBeUndefined();
    expect(event.exceptions[0]?.message).toBe("big");
  });

  test("leaves breadcrumbs of console lines and outgoing requests in the exchange that made them", async () => {
    const storage = new AsyncLocalStorage<Exchange>();
    const { recorder } = setUp({ currentExchange: () => storage.getStore() });
    const server = createServer((_request, response) => void response.writeHead(503).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port: closedPort } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const x = createExchangeStandIn();
    await storage.run(x, async () => {
      console.warn("watch %s", "out");
      await fetch(`http://127.0.0.1:${port}/fetched?token=planted-secret`).then((response) => response.text());
      await new Promise((resolve) =>
        get(`http://127.0.0.1:${port}/got`, (response) => response.resume().on("end", resolve)),
      );
      await fetch(`http://127.0.0.1:${closedPort}/refused`).catch(() => undefined);
    });
    console.warn("outside of any request");
    expect(x.breadcrumbs.map(({ category, level, message }) => [category, level, message])).toEqual([
      ["log", "warn", "watch out"],
      ["http", "error", `GET http://127.0.0.1:${port}/fetched?token=[REDACTED] → 503`],
      ["http", "error", `GET http://127.0.0.1:${port}/got → 503`],
      ["http", "error", `GET http://127.0.0.1:${closedPort}/refused → ECONNREFUSED`],
    ]);
    await recorder.close(0);
    storage.run(x, () => console.warn("after the end"));
    expect(x.breadcrumbs).toHaveLength(4);
    await new Promise((resolve) => server.close(resolve));
  });

  test("keeps the last hundred breadcrumbs, each of bounded size", () => {
    const { recorder } = setUp();
    const x = createExchangeStandIn();
    for (let index = 0; index < 150; index += 1) {
      recorder.addBreadcrumb(
        { time: index, category: "custom", message: "m".repeat(5_000), data: { big: "d".repeat(50_000) } },
        x,
      );
    }
    expect(x.breadcrumbs).toHaveLength(100);
    expect(x.breadcrumbs[0]?.time).toBe(50);
    expect(JSON.stringify(x.breadcrumbs).length).toBeLessThan(200_000);
  });
});
