import type { ErrorEvent } from "@gatewatch/protocol";
import { pseudonymiseAddress } from "@gatewatch/protocol/redact/pseudonymise";
import { EVENT_SCHEMAS } from "@gatewatch/protocol/schema/event-schema";
import Schema from "typebox/schema";
import { describe, expect, it } from "vitest";
import type { DecodedBatch } from "../model/decoder.ts";
import { createAnalyzeErrorDecoder } from "./analyze-error-decoder.ts";

const analyzeErrorDecoder = createAnalyzeErrorDecoder();

const NOW = Date.parse("2026-11-20T12:00:00Z");
const KEY = new TextEncoder().encode("key");
const isErrorEvent = Schema.Compile(EVENT_SCHEMAS.error);

const WIRE = {
  timestamp: "2026-11-20T11:39:37.097320",
  environment: "production",
  request: {
    path: "/api/v1/users/",
    method: "POST",
    content_type: "application/json",
    query_params: { a: ["1", "2"], token: ["hunter2"] },
    remote_addr: "203.0.113.9",
    user_agent: "Unknown",
  },
  request_body: '{"username": "john", "password": "hunter2"}',
  user: { authenticated: true, id: 7, username: "ada", email: "ada@example.org" },
  exception: {
    type: "ValueError",
    message: "Invalid user data password=hunter2",
    module: "builtins",
    traceback:
      'Traceback (most recent call last):\n  File "/srv/a.py", line 2, in f\n    return d["x"]\nKeyError: \'x\'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "/srv/views.py", line 197, in create\n    password = "hunter2"\nValueError: Invalid user data\n',
  },
  server: { hostname: "web-server-01", version: "unknown" },
  custom: { tenant_id: 42 },
  feature_flags: ["x"],
};

function decode(body: unknown, addressKey: Uint8Array | null = KEY): DecodedBatch & { event: ErrorEvent } {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const decoded = analyzeErrorDecoder.decode(bytes, { projectId: 1, receivedAt: NOW, addressKey });
  return { ...decoded, event: decoded.batch.events![0] as ErrorEvent };
}

describe("createAnalyzeErrorDecoder()", () => {
  it("turns the wire shape into an error event", () => {
    const { event, batch, body, idempotent, accepted } = decode(WIRE);
    expect({ idempotent, accepted }).toEqual({ idempotent: false, accepted: 1 });
    expect(isErrorEvent.Errors(event)[1]).toEqual([]);
    expect(batch.resource).toEqual({ runtime: "python", environment: "production", host: "web-server-01" });
    expect(event).toMatchObject({
      time: Date.parse("2026-11-20T11:39:37.097Z"),
      mechanism: "foreign",
      handled: false,
      request: {
        method: "POST",
        url: "/api/v1/users/?a=1&a=2&token=[REDACTED]",
        query: { a: ["1", "2"], token: ["[REDACTED]"] },
        body: { username: "john", password: "[REDACTED]" },
        contentType: "application/json",
        client: pseudonymiseAddress("203.0.113.9", KEY),
        userAgent: "Unknown",
      },
      user: { authenticated: true, id: 7, username: "ada" },
      custom: { tenant_id: 42, feature_flags: ["x"] },
    });
    expect(event.exceptions).toMatchObject([
      {
        type: "ValueError",
        module: "builtins",
        frames: [{ file: "/srv/views.py", line: 197, function: "create", inApp: true }],
      },
      { type: "KeyError", message: "'x'", parent: 0, relation: "cause", frames: [{ file: "/srv/a.py" }] },
    ]);
    const text = Buffer.from(body).toString("utf8");
    expect(JSON.parse(text)).toEqual(batch);
    expect(text).not.toMatch(/hunter2|203\.0\.113\.9|ada@example/);
  });

  it("drops the client's address without a key", () => {
    expect(decode(WIRE, null).event.request).not.toHaveProperty("client");
  });

  it("reads the frames from the list when there is no text", () => {
    const exception = {
      type: "E",
      message: null,
      traceback_list: ['  File "/srv/a.py", line 1, in f\n    x()', '  File "/srv/b.py", line 2, in g'],
    };
    expect(decode({ exception }).event.exceptions[0]!.frames.map((frame) => frame.file)).toEqual([
      "/srv/b.py",
      "/srv/a.py",
    ]);
  });

  it.each([
    ["python", { traceback: WIRE.exception.traceback }],
    ["python", { traceback_list: ['  File "/srv/a.py", line 1, in f\n    x()'] }],
    ["javascript", { traceback: "TypeError: x\n    at total (/srv/price.js:3:7)\n    at node:internal/main:1:2" }],
    [undefined, { traceback: "panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/main.go:7 +0x1d" }],
    [undefined, { traceback: "" }],
    [undefined, {}],
  ])("tells the runtime %s by the shape of the traceback", (runtime, trace) => {
    const { batch } = decode({ exception: { type: "E", message: "m", ...trace } });
    expect(batch.resource?.runtime).toBe(runtime);
  });

  it("keeps a stack that it cannot parse as text", () => {
    expect(decode({ exception: { type: "E", message: "m", traceback: "at f (a.js:1)" } }).event.exceptions).toEqual([
      { type: "E", message: "m", frames: [], rawStack: "at f (a.js:1)" },
    ]);
  });

  it("reads NaN and Infinity as null, outside of texts only", () => {
    const { event } = decode(
      '{"exception":{"type":"E","message":"NaN \\" Infinity"},"custom":{"a":NaN,"b":[-Infinity,Infinity]}}',
    );
    expect(event.exceptions[0]!.message).toBe('NaN " Infinity');
    expect(event.custom).toEqual({ a: null, b: [null, null] });
  });

  it.each([
    ["2026-11-20T11:39:37", "2026-11-20T11:39:37Z"],
    ["2026-11-20T13:39:37+02:00", "2026-11-20T11:39:37Z"],
    ["2026-11-20 11:39:37.5", "2026-11-20T11:39:37.5Z"],
    ["yesterday", "2026-11-20T12:00:00Z"],
    ["2020-01-01T00:00:00", "2026-11-20T12:00:00Z"],
    [null, "2026-11-20T12:00:00Z"],
  ])("reads the time %s as %s", (timestamp, iso) => {
    expect(decode({ ...WIRE, timestamp }).event.time).toBe(Date.parse(iso));
  });

  it("cuts a long traceback and takes odd values without a fuss", () => {
    const odd = {
      timestamp: 5,
      request: { path: null, method: "G T", query_params: { a: "x", b: [1, null] }, remote_addr: "Unknown" },
      request_body: "[Body too large: 20000 bytes]",
      user: { id: [] },
      exception: { type: "E", message: "m", traceback: "x".repeat(600_000) },
      server: 5,
      deep: JSON.parse("[".repeat(50) + "]".repeat(50)) as unknown,
    };
    const { event } = decode(odd);
    expect(isErrorEvent.Errors(event)[1]).toEqual([]);
    expect(event.exceptions[0]!.rawStack).toHaveLength(65_536);
    expect(event.request).toMatchObject({
      method: "GET",
      url: "/?a=x&b=1&b=null",
      body: "[Body too large: 20000 bytes]",
    });
    expect(event.custom).toEqual({ deep: "[nested too deep]" });
  });
});
