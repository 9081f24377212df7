import type { CustomEvent, ErrorEvent, LogEvent, MetricEvent } from "@gatewatch/protocol";
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { DecodedBatch } from "../../model/decoder.ts";
import { FAKE_NOW } from "../fake-intake.ts";
import { createSentryDecoders } from "./create-sentry-decoders.ts";
import { type Item, makeEnvelope, makeEvent, makeTransaction } from "./testing/envelopes.ts";

const ID = "5b3c0f8e2a7d4c6b9e1f0a2d4c6b8e0f";
const decoders = createSentryDecoders();
const CONTEXT = {
  projectId: 1,
  receivedAt: FAKE_NOW,
  addressKey: new TextEncoder().encode("key"),
  address: "192.0.2.7",
};

const decode = (bytes: Uint8Array, name = "sentryEnvelope"): DecodedBatch => decoders[name]!.decode(bytes, CONTEXT);
const partsOf = (decoded: DecodedBatch): DecodedBatch[] => [decoded, ...(decoded.also ?? [])];
const eventsOf = (decoded: DecodedBatch): unknown[] => partsOf(decoded).flatMap(({ batch }) => batch.events ?? []);
const decodeEvent = (event: object): ErrorEvent =>
  eventsOf(decode(makeEnvelope({ event_id: ID }, [["event", event]])))[0] as ErrorEvent;

describe("an event", () => {
  it("becomes an error: exceptions from the caught one inwards, frames from the throw site outwards", () => {
    const error = decodeEvent({
      ...makeEvent(FAKE_NOW),
      platform: "python",
      exception: {
        values: [
          { type: "KeyError", value: "'tax'", module: "builtins", stacktrace: { frames: [{ filename: "tax.py" }] } },
          {
            type: "ValueError",
            value: "no price",
            mechanism: { type: "django", handled: false },
            stacktrace: {
              frames: [
                { filename: "django/core/handlers/base.py", in_app: false, lineno: 1 },
                {
                  filename: "shop/views.py",
                  abs_path: "/srv/shop/views.py",
                  function: "total",
                  module: "shop.views",
                  lineno: 42,
                  in_app: true,
                  pre_context: ["a", "b", "c", "d", "e", "f"],
                  context_line: "    raise ValueError(secret='hunter2-in-source')",
                  post_context: ["g"],
                  vars: { password: "hunter2-in-vars" },
                },
              ],
            },
          },
        ],
      },
    });
    expect(error.exceptions.map(({ type, parent, relation }) => [type, parent, relation])).toEqual([
      ["ValueError", undefined, undefined],
      ["KeyError", 0, "cause"],
    ]);
    expect(error.exceptions[0]!.frames).toEqual([
      {
        file: "shop/views.py",
        function: "total",
        module: "shop.views",
        line: 42,
        inApp: true,
        context: {
          pre: ["b", "c", "d", "e", "f"],
          line: expect.stringContaining("[REDACTED]"),
          post: ["g"],
        },
      },
      { file: "django/core/handlers/base.py", line: 1, inApp: false },
    ]);
    expect(error).toMatchObject({ handled: false, level: "error", id: ID });
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });

  it("of a group names its members", () => {
    const member = (id: number, type: string) => ({
      type,
      value: "",
      mechanism: { type: "chained", exception_id: id, parent_id: 0, source: `exceptions[${id - 1}]` },
    });
    const group = { type: "ExceptionGroup", value: "two", mechanism: { exception_id: 0, is_exception_group: true } };
    const error = decodeEvent({ exception: { values: [member(2, "B"), member(1, "A"), group] } });
    expect(error.exceptions.map(({ type, parent, relation }) => [type, parent, relation])).toEqual([
      ["ExceptionGroup", undefined, undefined],
      ["A", 0, "member"],
      ["B", 0, "member"],
    ]);
  });

  it.each([
    ["a list", [{ type: "A", value: "b" }]],
    ["one object", { type: "A", value: "b" }],
    ["values", { values: [{ type: "A", value: "b" }] }],
  ])("may hold its exceptions as %s", (_name, exception) => {
    expect(decodeEvent({ exception }).exceptions).toEqual([{ type: "A", message: "b", frames: [] }]);
  });

  it.each([
    [{ message: "plain" }, "plain", undefined],
    [{ logentry: { message: "user %s left", params: ["ada"] } }, "user ada left", ["user %s left"]],
    [{ message: { message: "a %s", formatted: "a b", params: ["b"] } }, "a b", ["a %s"]],
    [{ message: { formatted: "only" } }, "only", undefined],
    [{}, "(no message)", undefined],
  ])("without an exception is its message: %j", (event, message, fingerprint) => {
    const error = decodeEvent({ ...event, level: "info" });
    expect(error.exceptions).toEqual([{ type: "Message", message, frames: [] }]);
    expect(error.fingerprint).toEqual(fingerprint);
    expect(error).toMatchObject({ level: "warning", custom: { level: "info" } });
  });

  it("brings its request, user, tags, crumbs and contexts, without secrets", () => {
    const error = decodeEvent({
      ...makeEvent(FAKE_NOW),
      transaction: "GET /orders/:id",
      transaction_info: { source: "route" },
      request: {
        url: "https://shop.example/orders/7",
        method: "get",
        query_string: "page=1&token=hunter2-query",
        headers: { Authorization: "Bearer hunter2-header", Cookie: "sid=hunter2-cookie", "X-Api-Key": "hunter2-key" },
        cookies: { sid: "hunter2-cookie" },
        data: { card: "4111 1111 1111 1111", password: "hunter2-body", item: 7 },
      },
      user: { id: 7, username: "ada", ip_address: "{{auto}}" },
      tags: [["tenant", "acme"]],
      breadcrumbs: {
        values: [
          {
            timestamp: FAKE_NOW / 1000 - 1,
            type: "http",
            category: "fetch",
            data: { method: "GET", url: "/a", status_code: 200 },
          },
          { timestamp: new Date(FAKE_NOW).toISOString(), category: "console", level: "warning", message: "look" },
          { category: "ui.click", message: "button" },
        ],
      },
      contexts: {
        trace: { trace_id: "0".repeat(31) + "1", span_id: "0".repeat(15) + "1" },
        browser: { name: "Firefox" },
      },
      extra: { cart: { items: 3, api_key: "hunter2-extra" } },
    });
    expect(JSON.stringify(error)).not.toContain("hunter2");
    expect(JSON.stringify(error)).not.toContain("4111");
    expect(error).toMatchObject({
      traceId: "0".repeat(31) + "1",
      request: {
        method: "GET",
        route: "/orders/:id",
        url: "https://shop.example/orders/7?page=1&token=[REDACTED]",
        query: { page: "1", token: "[REDACTED]" },
        client: expect.stringMatching(/^[0-9a-f]{64}$/),
        body: { item: 7 },
      },
      user: { authenticated: true, id: "7", username: "ada" },
      attributes: { tenant: "acme", transaction: "GET /orders/:id" },
      custom: { contexts: { browser: { name: "Firefox" } }, extra: { cart: { items: 3 } } },
    });
    expect(error.breadcrumbs!.map(({ category, message, level }) => [category, message, level])).toEqual([
      ["http", "GET /a 200", undefined],
      ["log", "look", "warn"],
      ["custom", "button", undefined],
    ]);
  });

  it("corrects clocks that are far off by the time of sending, and takes any written time", () => {
    const off = FAKE_NOW - 3 * 365 * 86_400_000;
    const times = [
      [{ timestamp: (off - 5000) / 1000 }, { sent_at: new Date(off).toISOString() }, FAKE_NOW - 5000],
      [{ timestamp: FAKE_NOW / 1000 - 5 }, {}, FAKE_NOW - 5000],
      [{ timestamp: new Date(FAKE_NOW - 5000).toISOString().slice(0, -1) }, {}, FAKE_NOW - 5000],
      [{ timestamp: "nonsense" }, {}, FAKE_NOW],
      [{ timestamp: 1e9 }, {}, FAKE_NOW - 30 * 86_400_000],
      [{ timestamp: FAKE_NOW / 1000 + 1e6 }, {}, FAKE_NOW],
    ] as const;
    for (const [event, header, time] of times) {
      const [error] = eventsOf(decode(makeEnvelope({ ...header }, [["event", event]]))) as ErrorEvent[];
      expect({ event, time: error!.time }).toEqual({ event, time });
    }
  });

  it("is made smaller until it fits, and keeps its exceptions", () => {
    const long = "long text ".repeat(3000);
    const error = decodeEvent({
      ...makeEvent(FAKE_NOW),
      extra: Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, long])),
      breadcrumbs: Array.from({ length: 10 }, () => ({ message: "m", data: { long } })),
    });
    expect(error.custom).toBeUndefined();
    expect(error.exceptions[0]!.type).toBe("TypeError");
  });

  it("keeps of attachments what can be cleaned, and only there", () => {
    const items: Parameters<typeof makeEnvelope>[1] = [
      ["event", makeEvent(FAKE_NOW)],
      ["attachment", Buffer.from("line\npassword=hunter2\n"), { filename: "app.log", content_type: "text/plain" }],
      ["attachment", Buffer.from("{}"), { filename: "a.json", content_type: "application/octet-stream" }],
      ["attachment", Buffer.from([0xff, 0xfe, 0]), { filename: "core.dmp" }],
    ];
    const decoded = decode(makeEnvelope({ event_id: ID }, items));
    expect((eventsOf(decoded)[0] as ErrorEvent).custom).toEqual({
      attachments: [
        { file: "app.log", bytes: 22, type: "text/plain", text: expect.stringContaining("[REDACTED]") },
        { file: "a.json", bytes: 2, type: "application/octet-stream", text: "{}" },
        { file: "core.dmp", bytes: 3 },
      ],
    });
    expect(decoded.batch.drops).toEqual({ "attachment:not_text": 1 });
  });

  it("cuts long attachments, and loses them before anything else of a large event", () => {
    const attach = (extra: object) =>
      decode(
        makeEnvelope({ event_id: ID }, [
          ["event", { ...makeEvent(FAKE_NOW), extra }],
          ...Array.from({ length: 25 }, (_, index): Item => [
            "attachment",
            Buffer.from("é".repeat(100_000)),
            { filename: `${index}.log` },
          ]),
        ]),
      );
    const kept = attach({ note: "short" });
    expect(kept.batch.drops).toEqual({ "attachment:too_large": 18, "attachment:too_many": 5 });
    const { attachments } = (eventsOf(kept)[0] as ErrorEvent).custom as {
      attachments: { text?: string; cut?: true }[];
    };
    expect(attachments.map(({ text, cut }) => [text?.length, cut]).slice(0, 3)).toEqual([
      [96 * 1024, true],
      [96 * 1024, true],
      [undefined, undefined],
    ]);
    const [crowded] = eventsOf(attach({ note: "x".repeat(200_000) })) as ErrorEvent[];
    expect(crowded!.custom).toMatchObject({ extra: { note: expect.any(String) } });
    expect(JSON.stringify(crowded!.custom)).not.toContain("é");
  });

  it("leaves attachments without an event out, and counts them", () => {
    const alone = decode(makeEnvelope({ event_id: ID }, [["attachment", Buffer.from("x"), { filename: "a.log" }]]));
    expect([alone.accepted, alone.batch.drops]).toEqual([0, { "attachment:no_event": 1 }]);
  });
});

describe("an envelope", () => {
  it("skips items that nobody knows, and counts them", () => {
    const decoded = decode(
      makeEnvelope({ event_id: ID }, [
        ["profile_chunk", { any: 1 }],
        ["event", makeEvent(FAKE_NOW)],
        ["something_new", Buffer.from([1, 2, 3]), { length: 3 }],
        ["replay_recording", Buffer.from("x"), { item_count: 4 }],
      ]),
    );
    expect(decoded).toMatchObject({ accepted: 1, leftOut: 6 });
  });

  it("tells nothing of one process as of another, however many it speaks for", () => {
    const sessions = Array.from({ length: 130 }, (_, index): Item => [
      "session",
      { sid: `s${index}`, status: "ok", started: new Date(FAKE_NOW).toISOString(), attrs: { release: `r${index}` } },
    ]);
    const decoded = decode(makeEnvelope({}, sessions));
    expect(partsOf(decoded).map(({ accepted, batch }) => [accepted, batch.resource?.release])).toEqual(
      Array.from({ length: 100 }, (_, index) => [1, `r${index}`]),
    );
    expect(decoded.leftOut).toBe(30);
  });

  it("may be empty, and holds nothing then", () => {
    expect(decode(Buffer.from('{"event_id":"x"}\n'))).toMatchObject({ accepted: 0, leftOut: 0 });
  });

  it("cuts payloads by bytes, not by characters", () => {
    const text = JSON.stringify({ ...makeEvent(FAKE_NOW), message: "größer €\u2028", exception: undefined });
    const bytes = Buffer.from(`{}\n{"type":"event","length":${Buffer.byteLength(text)}}\n${text}`);
    expect((eventsOf(decode(bytes))[0] as ErrorEvent).exceptions[0]!.message).toBe("größer €\u2028");
  });

  it("turns a server's transaction into a request with its spans counted, and another one into a duration", () => {
    const decoded = decode(makeEnvelope({ event_id: ID }, [["transaction", makeTransaction(FAKE_NOW)]]));
    const { dict = [], columns } = decoded.batch;
    const request = columns!.request!;
    const cell = (name: "method" | "path" | "route" | "attributes") => {
      const value = request[name]![0]!;
      return typeof value === "number" ? dict[value] : value;
    };
    expect([cell("method"), cell("route"), cell("path")]).toEqual(["POST", "/orders/{id}", "/orders/7"]);
    expect([request.status, request.durationUs]).toEqual([[503], [250_000]]);
    expect(JSON.parse(cell("attributes")!)).toEqual({
      spans: 2,
      spansByOp: { db: { count: 2, ms: 30 } },
    });
    expect(decoded).toMatchObject({ accepted: 1, idempotent: true });

    const task = { ...makeTransaction(FAKE_NOW), transaction: "shop.tasks.mail" };
    const trace = { ...task.contexts.trace, op: "queue.task.celery" };
    const other = decode(makeEnvelope({ event_id: ID }, [["transaction", { ...task, contexts: { trace } }]]));
    expect(eventsOf(other) as MetricEvent[]).toMatchObject([
      {
        type: "metric",
        name: "transaction.duration",
        value: 250,
        unit: "ms",
        attributes: { transaction: "shop.tasks.mail", op: "queue.task.celery", status: "unavailable", spans: 2 },
      },
    ]);
    expect(other.idempotent).toBe(true);
  });

  it("brings logs, measurements and spans in containers, each under the process that they name", () => {
    const container = { timestamp: FAKE_NOW / 1000, trace_id: "1".repeat(32) };
    const attributes = (release: string) => ({
      "sentry.release": { value: release, type: "string" },
      "sentry.message.template": { value: "order %s", type: "string" },
      password: { value: "hunter2", type: "string" },
    });
    const decoded = decode(
      makeEnvelope({}, [
        [
          "log",
          {
            version: 2,
            items: [
              { ...container, level: "warn", body: "order 7", attributes: attributes("1") },
              { ...container, level: "info", body: "order 8", attributes: attributes("2") },
            ],
          },
        ],
        [
          "trace_metric",
          {
            items: [{ ...container, name: "basket", type: "distribution", value: 12.5, unit: "euro" }, { name: "bad" }],
          },
        ],
        ["span", { items: [{ ...container, name: "chat", start_timestamp: 1, end_timestamp: 1.5, attributes: {} }] }],
      ]),
    );
    const events = eventsOf(decoded) as (LogEvent | MetricEvent)[];
    expect(
      events.map((event) => (event.type === "log" ? [event.level, event.message] : [event.name, event.value])),
    ).toEqual(
      expect.arrayContaining([
        ["warn", "order 7"],
        ["info", "order 8"],
        ["basket", 12.5],
        ["span.duration", 500],
      ]),
    );
    expect(partsOf(decoded).map(({ batch }) => batch.resource?.release)).toEqual(
      expect.arrayContaining(["1", "2", undefined]),
    );
    expect(JSON.stringify(events)).not.toContain("hunter2");
    expect(decoded.leftOut).toBe(1);
  });

  it("reads the root of a segment as a request, with the spans that came along", () => {
    const attribute = (value: unknown) => ({ value, type: "string" });
    const times = (from: number, to: number) => ({
      trace_id: "1".repeat(32),
      start_timestamp: FAKE_NOW / 1000 + from,
      end_timestamp: FAKE_NOW / 1000 + to,
    });
    const root = {
      ...times(-1, -0.5),
      span_id: "2".repeat(16),
      name: "GET",
      is_segment: true,
      status: "ok",
      attributes: {
        "sentry.op": attribute("http.server"),
        "sentry.segment.name.source": attribute("url"),
        "url.full": attribute("https://shop.example/orders/7?token=hunter2"),
        "http.request.method": attribute("GET"),
        "http.response.status_code": { value: 200, type: "integer" },
        "http.request.header.user-agent": { value: ["UA/1"], type: "array" },
        "sentry.release": attribute("1"),
      },
    };
    const child = {
      ...times(-0.9, -0.8),
      span_id: "3".repeat(16),
      name: "SELECT",
      attributes: { "sentry.op": attribute("db"), "sentry.segment.id": attribute("2".repeat(16)) },
    };
    const stray = { ...child, attributes: { "sentry.op": attribute("gen_ai.chat") } };
    const decoded = decode(makeEnvelope({}, [["span", { version: 2, items: [child, root, stray] }]]));
    const withRows = partsOf(decoded).find(({ batch }) => batch.columns !== undefined)!;
    expect(withRows.batch.resource).toEqual({ release: "1" });
    expect(withRows.batch.columns!.request).toMatchObject({ n: 1, status: [200], durationUs: [500_000] });
    const text = withRows.body.toString();
    for (const part of ["/orders/:id", "UA/1", "spansByOp"]) expect(text).toContain(part);
    expect(text).not.toContain("hunter2");
    expect(eventsOf(decoded)).toMatchObject([{ name: "span.duration", attributes: { op: "gen_ai.chat" } }]);
  });

  it("counts what the client has not sent, and holds sampled transactions for traffic", () => {
    const report = {
      discarded_events: [
        { reason: "network_error", category: "error", quantity: 2 },
        { reason: "network_error", category: "error", quantity: 1 },
        { reason: "sample_rate", category: "transaction", quantity: 9 },
        { reason: "<script>", category: "error", quantity: 1 },
        { reason: "before_send", category: "error", quantity: -1 },
      ],
    };
    const decoded = decode(makeEnvelope({}, [["client_report", report]]));
    expect(decoded.batch.drops).toEqual({ "error:network_error": 3, sampled: 9 });
    expect(decoded.idempotent).toBe(false);
  });

  it("tells its account in a batch of its own, so that a repeated event does not swallow it", () => {
    const report = { discarded_events: [{ reason: "queue_overflow", category: "error", quantity: 1 }] };
    const decoded = decode(
      makeEnvelope({ event_id: ID }, [
        ["client_report", report],
        ["event", makeEvent(FAKE_NOW)],
      ]),
    );
    expect(partsOf(decoded).map(({ idempotent, batch, accepted }) => [idempotent, accepted, batch.drops])).toEqual([
      [false, 0, { "error:queue_overflow": 1 }],
      [true, 1, undefined],
    ]);
  });

  it("brings sessions, check-ins and feedback", () => {
    const decoded = decode(
      makeEnvelope({}, [
        [
          "session",
          {
            sid: "s",
            did: "ada",
            init: true,
            status: "ok",
            errors: 1,
            started: new Date(FAKE_NOW).toISOString(),
            attrs: { release: "1" },
          },
        ],
        [
          "sessions",
          {
            aggregates: [{ started: new Date(FAKE_NOW).toISOString(), exited: 5, errored: 1 }],
            attrs: { release: "1" },
          },
        ],
        [
          "check_in",
          {
            check_in_id: "a".repeat(32),
            monitor_slug: "nightly",
            status: "error",
            duration: 1.5,
            monitor_config: { schedule: { type: "crontab", value: "0 3 * * *" }, checkin_margin: 5 },
          },
        ],
        ["user_report", { event_id: ID, name: "Ada", email: "ada@example.org", comments: "it broke" }],
        ["feedback", { contexts: { feedback: { message: "slow", associated_event_id: ID } } }],
        ["check_in", { monitor_slug: "nightly", status: "sideways" }],
      ]),
    );
    const events = eventsOf(decoded) as CustomEvent[];
    expect(events.map(({ name, attributes }) => [name, attributes])).toEqual(
      expect.arrayContaining([
        [
          "sentry.session",
          expect.objectContaining({
            visit: expect.stringMatching(/^[0-9a-f]{32}$/),
            init: true,
            status: "ok",
            errors: 1,
            startedAt: FAKE_NOW,
          }),
        ],
        ["sentry.session", { exited: 5, errored: 1 }],
        [
          "sentry.check_in",
          expect.objectContaining({ monitor: "nightly", status: "error", schedule: "0 3 * * *", marginMin: 5 }),
        ],
        ["sentry.feedback", expect.objectContaining({ message: "it broke", errorId: ID })],
        ["sentry.feedback", { message: "slow", errorId: ID }],
      ]),
    );
    expect(decoded.leftOut).toBe(1);
  });
});

describe("a single event", () => {
  it("is taken as JSON and as zlib in base64", () => {
    const text = JSON.stringify({ ...makeEvent(FAKE_NOW), event_id: ID });
    for (const body of [text, deflateSync(text).toString("base64")]) {
      expect(decode(Buffer.from(body), "sentryStore")).toMatchObject({ accepted: 1, idempotent: true });
    }
  });
});

describe("a report of a browser", () => {
  it.each([
    [
      "old",
      {
        "csp-report": {
          "document-uri": "https://shop.example/",
          "violated-directive": "script-src 'self'",
          "blocked-uri": "https://evil.example/x.js",
        },
      },
    ],
    [
      "new",
      [
        {
          type: "csp-violation",
          url: "https://shop.example/",
          body: { effectiveDirective: "script-src", blockedURL: "https://evil.example/x.js" },
        },
      ],
    ],
  ])("becomes an error that is grouped by what was blocked: %s", (_name, report) => {
    const decoded = decode(Buffer.from(JSON.stringify({ release: "1", report })), "sentrySecurity");
    expect(eventsOf(decoded)).toMatchObject([
      {
        level: "warning",
        fingerprint: ["csp", "script-src", "evil.example"],
        exceptions: [{ type: "ContentSecurityPolicy", message: "script-src blocked https://evil.example/x.js" }],
      },
    ]);
    expect(decoded.batch.resource).toEqual({ release: "1" });
  });
});
