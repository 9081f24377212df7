import type { NativeBatch, RequestColumns, StringColumn } from "@gatewatch/protocol";
import { nativeBatchSchema } from "@gatewatch/protocol/schema/batch-schema";
import Schema from "typebox/schema";
import { describe, expect, it } from "vitest";
import type { DecodedBatch } from "../model/decoder.ts";
import { IntakeError } from "./intake-error.ts";
import { createNativeDecoder } from "./native-decoder.ts";

const nativeDecoder = createNativeDecoder();

const NOW = 1_795_165_200_000;
const DAY_MS = 86_400_000;
const ID = "0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e2a";
const context = { projectId: 1, receivedAt: NOW, addressKey: null };
const isNativeBatch = Schema.Compile(nativeBatchSchema);

const request = { type: "request", time: NOW - 50, method: "GET", path: "/a", status: 200, durationMs: 1.25 };
const error = {
  type: "error",
  time: NOW,
  id: "e1",
  level: "error",
  handled: false,
  mechanism: "throw",
  exceptions: [{ type: "TypeError", message: "boom", frames: [{ file: "a.ts", line: 1, inApp: true }] }],
};
const columns: RequestColumns = {
  n: 2,
  t0: NOW - 100,
  time: [0, 35],
  durationUs: [12_400, 8_150],
  status: [200, 500],
  method: [0, 0],
  path: [1, "/b"],
};

function decode(batch: unknown): DecodedBatch {
  return nativeDecoder.decode(Buffer.from(typeof batch === "string" ? batch : JSON.stringify(batch)), context);
}

function decodeEvents(...events: unknown[]): DecodedBatch {
  return decode({ batch: ID, sentAt: NOW, events });
}

function decodeColumns(patch: Partial<Record<keyof RequestColumns, unknown>>, dict = ["GET", "/a"]): DecodedBatch {
  return decode({ batch: ID, sentAt: NOW, dict, columns: { request: { ...columns, ...patch } } });
}

function cell(batch: NativeBatch, column: StringColumn | undefined, row: number): string | null {
  const value = column?.[row] ?? null;
  return typeof value === "number" ? batch.dict![value]! : value;
}

describe("createNativeDecoder(), objects", () => {
  it("turns request events into columns and keeps the rest", () => {
    const { batch, body, accepted, rejected, batchId, idempotent } = decodeEvents(
      { ...request, route: "/a", requestId: "r1", attributes: { tenant: 7 }, aborted: true, responseBytes: 5 },
      error,
      { ...request, time: NOW - 80.4, method: "POST", route: null },
    );
    expect({ accepted, rejected, idempotent }).toEqual({ accepted: 3, rejected: [], idempotent: true });
    expect(Buffer.from(batchId).toString("hex")).toBe(ID.replaceAll("-", ""));
    const rows = batch.columns!.request!;
    expect(rows).toMatchObject({
      n: 2,
      t0: NOW - 80,
      time: [30, 0],
      durationUs: [1250, 1250],
      aborted: [1, 0],
      responseBytes: [5, null],
      attributes: ['{"tenant":7}', null],
    });
    expect([cell(batch, rows.method, 0), cell(batch, rows.method, 1), cell(batch, rows.route, 1)]).toEqual([
      "GET",
      "POST",
      null,
    ]);
    expect(batch.events).toEqual([error]);
    expect(JSON.parse(Buffer.from(body).toString("utf8"))).toEqual(batch);
    expect(isNativeBatch.Errors(batch)[1]).toEqual([]);
  });

  it.each([
    [{ ...request, status: 42 }, "invalid_event", /status is 42; expected 0 or/],
    [{ ...request, method: "GET /" }, "invalid_event", /method is a text of 5 characters/],
    [{ ...request, path: undefined }, "invalid_event", /path is missing/],
    [{ ...request, durationMs: -1 }, "invalid_event", /durationMs/],
    [{ ...request, durationMs: 1e12 }, "invalid_event", /durationMs/],
    [{ ...request, requestBytes: 1.5 }, "invalid_event", /requestBytes/],
    [{ ...request, aborted: 1 }, "invalid_event", /aborted/],
    [{ ...request, traceId: "x" }, "invalid_event", /traceId/],
    [{ ...request, userId: "u".repeat(300) }, "invalid_event", /userId is a text of 300/],
    [{ ...request, requestId: null }, "invalid_event", /requestId is null/],
    [{ ...request, time: NOW - 31 * DAY_MS }, "too_old", /30 days/],
    [{ ...request, time: "now" }, "invalid_event", /time/],
    [{ ...request, attributes: [] }, "invalid_event", /attributes/],
    [{ ...request, attributes: { a: "x".repeat(40_000) } }, "event_too_large", /attributes/],
    [{ ...error, exceptions: [] }, "invalid_event", /exceptions/],
    [{ ...error, id: "a b" }, "invalid_event", /id/],
    [{ ...error, custom: nest(21) }, "too_deep", /custom/],
    [{ ...error, custom: fields(129) }, "invalid_event", /custom/],
    [{ type: "trace", time: NOW }, "unknown_type", /type/],
    ["event", "invalid_event", /not an object/],
    [{ type: "log", time: NOW, level: "loud", message: "m" }, "invalid_event", /level/],
    [{ type: "metric", time: NOW, name: "m", kind: "gauge", value: "1" }, "invalid_event", /value/],
    [{ type: "custom", time: NOW, name: "" }, "invalid_event", /name is an empty text/],
    [{ type: "custom", time: NOW, name: "gatewatch.monitor_overdue" }, "invalid_event", /name begins with gatewatch\./],
  ])("names a bad event and keeps the good ones: %j", (bad, code, message) => {
    const { rejected, accepted, batch } = decodeEvents(request, bad, error);
    expect(accepted).toBe(2);
    expect(rejected).toEqual([{ index: 1, code, message: expect.stringMatching(message) as string }]);
    expect(batch.columns!.request!.n).toBe(1);
    expect(batch.events).toHaveLength(1);
  });

  it("sets a time that lies ahead to the time of receipt", () => {
    const { batch } = decodeEvents({ ...request, time: NOW + 10 * 60_000 }, { ...error, time: NOW + 60_000 });
    expect(batch.columns!.request!.t0).toBe(NOW);
    expect(batch.events![0]!.time).toBe(NOW + 60_000);
  });

  it("cuts long texts, lists and stacks", () => {
    const frame = error.exceptions[0]!.frames[0]!;
    const { batch, rejected } = decodeEvents(
      { ...request, path: `/${"p".repeat(5000)}`, userAgent: "u".repeat(5000) },
      {
        ...error,
        exceptions: Array.from({ length: 30 }, () => ({
          type: "E",
          message: "m".repeat(20_000),
          frames: Array.from({ length: 150 }, (_, line) => ({ ...frame, line })),
        })).slice(0, 21),
        breadcrumbs: Array.from({ length: 120 }, (_, index) => ({ time: index, category: "log", message: `${index}` })),
      },
    );
    expect(rejected).toEqual([]);
    const row = batch.columns!.request!;
    expect(cell(batch, row.path, 0)).toHaveLength(4096);
    expect(cell(batch, row.userAgent, 0)).toHaveLength(1024);
    const [event] = batch.events as (typeof error & { breadcrumbs: { message: string }[] })[];
    expect(event!.exceptions).toHaveLength(20);
    expect(event!.exceptions[0]!.message).toHaveLength(16_384);
    expect(event!.exceptions[0]!.frames.map((item) => item.line)).toEqual([...range(0, 50), ...range(100, 150)]);
    expect(event!.breadcrumbs.map((crumb) => crumb.message)).toEqual(range(20, 120).map(String));
  });

  it("keeps the debug id of a frame, and refuses what is none", () => {
    const framed = (debugId: unknown) => ({
      ...error,
      exceptions: [{ type: "E", message: "m", frames: [{ file: "a.js", inApp: true, debugId }] }],
    });
    const debugId = "89df05fe-3e33-545b-a3be-b7f7cb1e46c0";
    const { batch, rejected } = decodeEvents(framed(debugId), framed("hunter2"), framed(7));
    expect(batch.events).toMatchObject([{ exceptions: [{ frames: [{ debugId }] }] }]);
    expect(rejected.map(({ index }) => index)).toEqual([1, 2]);
  });

  it("refuses an error event that is too large even so", () => {
    const huge = {
      ...error,
      request: {
        method: "POST",
        url: "/",
        headers: {},
        query: {},
        body: ["x".repeat(250_000), "y".repeat(250_000), "z".repeat(90_000)],
      },
    };
    expect(decodeEvents(huge).rejected).toEqual([
      { index: 0, code: "event_too_large", message: expect.stringContaining("524288") as string },
    ]);
  });

  it("redacts every text before it is kept", () => {
    const secret = "password=hunter2secret";
    const { body } = decodeEvents(
      {
        ...request,
        path: `/a?${secret}`,
        userAgent: secret,
        route: `/${secret}`,
        requestId: secret,
        userId: secret,
        attributes: { password: "hunter2secret" },
      },
      { ...error, exceptions: [{ type: "E", message: secret, frames: [] }], custom: { password: "hunter2secret" } },
      { type: "log", time: NOW, level: "info", message: secret },
    );
    expect(Buffer.from(body).toString("utf8")).not.toContain("hunter2secret");
  });

  it("ignores fields that it does not know, also those with a dangerous name", () => {
    const text = `{"batch":"${ID}","sentAt":1,"x":1,"__proto__":{"events":1},"events":[{"__proto__":{"a":1},"constructor":1,"secret":"hunter2","type":"request","time":${NOW},"method":"GET","path":"/","status":200,"durationMs":1}]}`;
    const { body, accepted } = decode(text);
    expect(accepted).toBe(1);
    expect(Buffer.from(body).toString("utf8")).not.toMatch(/hunter2|__proto__|constructor/);
  });

  it("stores lone surrogates and NUL as U+FFFD", () => {
    const text = `{"batch":"${ID}","sentAt":1,"events":[{"type":"log","time":${NOW},"level":"info","message":"a\\ud800b\\u0000c"}]}`;
    expect(decode(text).batch.events).toMatchObject([{ message: "a\uFFFDb\uFFFDc" }]);
  });
});

describe("createNativeDecoder(), columns", () => {
  it("keeps the very bytes of a batch that needed no change", () => {
    const bytes = Buffer.from(
      JSON.stringify({
        batch: ID,
        sentAt: NOW,
        resource: { service: "shop", sdk: { name: "a", version: "1" } },
        drops: { sampled: 2 },
        dict: ["GET", "/a"],
        columns: { request: columns },
      }),
    );
    const decoded = nativeDecoder.decode(bytes, context);
    expect(decoded.body).toBe(bytes);
    expect(decoded).toMatchObject({ accepted: 2, rejected: [], batch: { drops: { sampled: 2 } } });
  });

  it.each([
    ["the batch", '{"batch"', '{"dict":["hunter2: secret"],"batch"'],
    ["the columns", '{"n"', '{"path":["/?token=hunter2","/"],"n"'],
    ["the resource", '{"service"', '{"service":"token=hunter2","service"'],
    ["attributes", '{\\"a\\"', '{\\"a\\":\\"token=hunter2\\",\\"a\\"'],
    ["an escaped name", '{"service"', '{"servi\\u0063e":"token=hunter2","service"'],
  ])("keeps nothing that hides behind a later field of the same name in %s", (_, from, to) => {
    const dict = ["GET", "/a", '{"a":1}'];
    const request = { ...columns, attributes: [2, null] };
    const text = JSON.stringify({ batch: ID, sentAt: NOW, resource: { service: "shop" }, dict, columns: { request } });
    expect(text).toContain(from);
    const decoded = decode(text.replace(from, to));
    expect(decoded).toMatchObject({ accepted: 2, rejected: [] });
    expect(Buffer.from(decoded.body).toString()).not.toContain("hunter2");
  });

  it.each([
    [
      "a secret in the dictionary",
      { batch: ID, sentAt: NOW, dict: ["GET", "/a?token=hunter2"], columns: { request: columns } },
    ],
    [
      "a secret in a cell",
      {
        batch: ID,
        sentAt: NOW,
        dict: ["GET", "/a"],
        columns: { request: { ...columns, path: [1, "/b?token=hunter2"] } },
      },
    ],
    ["an unknown field", { batch: ID, sentAt: NOW, hunter2: 1, dict: ["GET", "/a"], columns: { request: columns } }],
    [
      "an unknown column",
      { batch: ID, sentAt: NOW, dict: ["GET", "/a"], columns: { request: { ...columns, hunter2: [1, 2] } } },
    ],
    [
      "an unknown kind of columns",
      { batch: ID, sentAt: NOW, dict: ["GET", "/a"], columns: { request: columns, hunter2: {} } },
    ],
    [
      "an unknown field of the resource",
      { batch: ID, sentAt: NOW, resource: { hunter2: "x" }, dict: ["GET", "/a"], columns: { request: columns } },
    ],
    [
      "a secret in attributes",
      {
        batch: ID,
        sentAt: NOW,
        dict: ["GET", "/a", '{"pin":"hunter2"}'],
        columns: { request: { ...columns, attributes: [2, '{"password":"hunter2"}'] } },
      },
    ],
  ])("writes anew a batch with %s", (_name, batch) => {
    const decoded = decode(batch);
    expect(decoded.accepted).toBe(2);
    expect(Buffer.from(decoded.body).toString("utf8")).not.toContain("hunter2");
    expect(JSON.parse(Buffer.from(decoded.body).toString("utf8"))).toEqual(decoded.batch);
  });

  it.each([
    [{ status: [200, 42] }, /status is 42/],
    [{ time: [0, 0.5] }, /time is 0.5/],
    [{ time: [0, { toString: 1, valueOf: 2 }] }, /time is an object/],
    [{ time: [0, -32 * DAY_MS] }, /30 days/],
    [{ durationUs: [1, 1.5] }, /durationUs/],
    [{ method: [0, null] }, /method is null/],
    [{ method: [0, 1] }, /method is a text/],
    [{ path: [1, 9] }, /path is 9; expected an index/],
    [{ path: [1, true] }, /path is true/],
    [{ traceId: [null, "zz"] }, /traceId/],
    [{ responseBytes: [null, -1] }, /responseBytes/],
    [{ aborted: [0, 2] }, /aborted is 2/],
    [{ attributes: [null, "[1]"] }, /attributes/],
    [{ attributes: [null, "{"] }, /attributes/],
  ])("refuses a single row: %j", (patch, message) => {
    const { rejected, accepted, batch } = decodeColumns(patch);
    expect(accepted).toBe(1);
    expect(rejected).toEqual([
      { index: 1, code: expect.any(String) as string, message: expect.stringMatching(message) as string },
    ]);
    expect(batch.columns!.request).toMatchObject({ n: 1, time: [0], status: [200], path: [1] });
  });

  it.each([
    [{ n: 3 }, /list of 3 items/],
    [{ n: -1 }, /number of rows/],
    [{ t0: 1.5 }, /t0/],
    [{ path: "x" }, /path/],
    [{ host: [1] }, /host/],
  ])("cannot read columns that do not fit together: %j", (patch, message) => {
    expect(() => decodeColumns(patch)).toThrow(message);
  });

  it("numbers rows first, then events, and joins both", () => {
    const { rejected, accepted, batch } = decode({
      batch: ID,
      sentAt: NOW,
      dict: ["GET", "/a"],
      columns: { request: { ...columns, status: [1, 500] } },
      events: [{ ...request, status: 1 }, { ...request, path: "/a" }, error],
    });
    expect(accepted).toBe(3);
    expect(rejected.map((item) => item.index)).toEqual([0, 2]);
    expect(batch.columns!.request).toMatchObject({ n: 2, status: [500, 200], time: [0, 15] });
    expect(batch.events).toHaveLength(1);
  });

  it("sets rows that lie ahead to the time of receipt", () => {
    expect(decodeColumns({ time: [0, 20 * 60_000] }).batch.columns!.request!.time).toEqual([0, 100]);
  });
});

describe("createNativeDecoder(), frames", () => {
  it.each([
    ["", /empty/],
    ["{", /not JSON/],
    ["NaN", /not JSON/],
    ["[]", /not an object/],
    ["{}", /`batch`/],
    [{ batch: "x", sentAt: 1 }, /`batch`/],
    [{ batch: ID }, /`sentAt`/],
    [{ batch: ID, sentAt: 1, events: {} }, /`events`/],
    [{ batch: ID, sentAt: 1, dict: [1] }, /`dict`/],
    [{ batch: ID, sentAt: 1, columns: [] }, /`columns`/],
    [{ batch: ID, sentAt: 1, columns: { request: [] } }, /columns.request/],
  ])("cannot be read: %j", (frame, message) => {
    expect(() => decode(frame)).toThrow(message);
    expect(() => decode(frame)).toThrow(IntakeError);
  });

  it("never repeats the body in a message", () => {
    expect(() => decode(`{"batch": hunter2`)).toThrow(/^((?!hunter2).)*$/);
  });

  it("refuses too many events, too many entries and too many bytes as a whole", () => {
    const tooMany = { batch: ID, sentAt: NOW, events: Array.from({ length: 10_001 }, () => 1) };
    expect(() => decode(tooMany)).toThrow(expect.objectContaining({ code: "payload_too_large" }) as Error);
    const tooWide = { batch: ID, sentAt: NOW, dict: Array.from({ length: 20_001 }, () => "a") };
    expect(() => decode(tooWide)).toThrow(expect.objectContaining({ code: "payload_too_large" }) as Error);
    expect(() => nativeDecoder.decode(Buffer.alloc(8 * 1024 * 1024 + 1), context)).toThrow(
      expect.objectContaining({ code: "payload_too_large" }) as Error,
    );
  });

  it("refuses a bomb of brackets before it is parsed", () => {
    expect(() => decode(`{"batch":"${ID}","sentAt":1,"x":${"[".repeat(2_000_000)}${"]".repeat(2_000_000)}}`)).toThrow(
      /nested too deep/,
    );
  });

  it("takes a batch that only reports drops", () => {
    expect(decode({ batch: ID, sentAt: NOW, drops: { queue_full: 3, "bad name": 1, sampled: -1 } })).toMatchObject({
      accepted: 0,
      batch: { drops: { queue_full: 3 } },
    });
  });
});

function nest(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = { value };
  return value;
}

function fields(count: number): Record<string, number> {
  return Object.fromEntries(range(0, count).map((index) => [`k${index}`, index]));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
