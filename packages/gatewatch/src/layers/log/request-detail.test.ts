import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import { describe, expect, it } from "vitest";
import type { ConfigOptions } from "../../options/options.ts";
import { resolveOptions } from "../../options/resolve-options.ts";
import { createExchangeStandIn, createOutcomeStandIn, type ExchangeFacts } from "../../record/exchange-stand-in.ts";
import type { Recorder } from "../../record/recorder.ts";
import { formatJsonLine } from "./json-lines.ts";
import { LocalLog } from "./local-log.ts";
import type { LogLine } from "./log-line.ts";
import { createRequestDetail } from "./request-detail.ts";
import { formatTextLine } from "./text-lines.ts";

const AT = Date.UTC(2026, 10, 20, 11, 39, 37);

function write(given: ConfigOptions, facts: ExchangeFacts, how: "both" | "answer" | "arrival" = "both"): LogLine {
  const options = resolveOptions(given, { env: {}, dotenv: undefined });
  const lines: LogLine[] = [];
  const redactor = createRedactor();
  const log = new LocalLog({
    writer: { write: (line) => void lines.push(line), flushSync: () => undefined },
    redactor,
    clock: { now: () => AT, monotonicMs: () => 0 },
    showAddress: (address) => address,
    debug: false,
    capture: options.capture,
    detail: createRequestDetail(options, redactor),
  });
  const x = createExchangeStandIn(facts);
  const outcome = createOutcomeStandIn({ status: 404 });
  if (how === "both") log.writeRequest(x, outcome);
  else if (how === "answer") log.writeAnswer(x, outcome);
  else log.writeArrival(x);
  return lines[0]!;
}

const FACTS: ExchangeFacts = {
  method: "POST",
  url: "/pay?token=s3cr3t-value-1&page=2",
  headers: {
    "user-agent": "curl/8",
    authorization: "Bearer abc.def.ghi",
    cookie: "sid=1",
    "x-api-key": "k",
    "x-mine": "mine",
    "x-other": ["1", "2"],
    "content-type": "application/json",
    "content-length": "17",
  },
  body: { password: "hunter2", amount: 3 },
  user: { authenticated: true, id: 7, username: "ada" },
  route: "/pay",
};

describe("lines of requests", () => {
  it("show nothing more by default", () => {
    expect(Object.keys(write({}, FACTS).req!)).toEqual(["method", "url", "route", "remoteAddress"]);
    expect(write({}, FACTS).user).toBeUndefined();
  });

  it("show everything, redacted, where fields is full", () => {
    const line = write({ accessLog: { fields: "full" } }, FACTS);
    expect(line.req).toEqual({
      method: "POST",
      url: "/pay?token=[REDACTED]&page=2",
      route: "/shop",
      remoteAddress: "203.0.113.9",
      path: "/pay",
      query: { token: "[REDACTED]", page: "2" },
      headers: {
        "user-agent": "curl/8",
        authorization: "[REDACTED]",
        cookie: "[REDACTED]",
        "x-api-key": "[REDACTED]",
        "x-mine": "mine",
        "x-other": ["1", "2"],
        "content-type": "application/json",
        "content-length": "17",
      },
      userAgent: "curl/8",
      contentLength: 17,
      host: "shop.test",
      scheme: "http",
    });
    expect(line.user).toEqual({ id: 7, username: "ada" });
    expect(JSON.parse(formatJsonLine(line, ""))).toMatchObject({ req: line.req, user: line.user });
  });

  it.each([
    [["x-mine"], { "x-mine": "mine" }],
    [["authorization"], { authorization: "[REDACTED]" }],
    [["x-other", "x-absent"], { "x-other": ["1", "2"] }],
    [["COOKIE"], { cookie: "[REDACTED]" }],
  ])("show of the headers only %j", (headers, shown) => {
    expect(write({ accessLog: { headers } }, FACTS).req?.headers).toEqual(shown);
  });

  it.each(["X-Mine", "x-mine", "X-MINE"])("hide what sensitiveHeaders names: %s", (name) => {
    const line = write({ accessLog: { headers: ["*"], sensitiveHeaders: [name] } }, FACTS);
    expect(line.req?.headers?.["x-mine"]).toBe("[REDACTED]");
  });

  it.each([
    [{ capture: { headers: false } }, "headers"],
    [{ capture: { headers: false } }, "userAgent"],
    [{ capture: { query: false } }, "query"],
  ])("keep to what capture allows: %j hides %s", (given, name) => {
    expect(write({ ...given, accessLog: { fields: "full" } }, FACTS).req).not.toHaveProperty(name);
  });

  it("hide the user where capture says so", () => {
    expect(write({ capture: { user: false }, accessLog: { fields: "full" } }, FACTS).user).toBeUndefined();
  });

  it("show bodies only where asked for, redacted and cut", () => {
    expect(write({ accessLog: { fields: "full" } }, FACTS).req?.body).toBeUndefined();
    expect(write({ accessLog: { body: true } }, FACTS).req?.body).toEqual({ password: "[REDACTED]", amount: 3 });
    expect(write({ accessLog: { body: true, maxBodyBytes: 10 } }, FACTS).req?.body).toBe("[Body too large: 17 bytes]");
    expect(write({ accessLog: { body: true } }, { ...FACTS, method: "GET" }).req?.body).toBeUndefined();
  });

  it("bound what a stranger sends", () => {
    const headers = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`x-${index}`, "v".repeat(5000)]));
    const line = write({ accessLog: { headers: ["*"] } }, { headers });
    expect(Object.keys(line.req!.headers!)).toHaveLength(100);
    expect(formatJsonLine(line, "").length).toBeLessThan(120_000);
  });

  it("tell of answers alone, or of arrivals alone", () => {
    const answer = write({ accessLog: { fields: "full" } }, FACTS, "answer");
    expect([answer.req, answer.reqId, answer.res?.statusCode]).toEqual([undefined, "req-1", 404]);
    const arrival = write({}, FACTS, "arrival");
    expect([arrival.res, arrival.msg, arrival.req?.method]).toEqual([undefined, "request received", "POST"]);
  });
});

describe("the text format", () => {
  const text = (line: LogLine, timeZone = "UTC", service: string | null = null): string =>
    formatTextLine(line, { timeZone, service });

  it("has address, method, user agent, time and user", () => {
    expect(text(write({ accessLog: { format: "text" } }, FACTS))).toBe(
      "404 Error: /pay not found | Client IP: 203.0.113.9 | Method: POST | User-Agent: curl/8 | Timestamp: 2026-11-20 11:39:37 UTC | User ID: 7 | Username: ada",
    );
  });

  it("tells times in the zone that is asked for, and the service", () => {
    const line = write({ accessLog: { format: "text" } }, { ...FACTS, headers: {}, user: undefined } as ExchangeFacts);
    expect(text(line, "Asia/Seoul", "shop")).toBe(
      "404 Error: /pay not found | Client IP: 203.0.113.9 | Method: POST | User-Agent: unknown | Timestamp: 2026-11-20 20:39:37 GMT+9 | User ID: Anonymous | Username: Anonymous | Service: shop",
    );
  });

  it.each([
    [{ id: null, username: null }, "User ID: Anonymous | Username: Anonymous"],
    [{ id: "", username: "" }, "User ID: Anonymous | Username: Anonymous"],
    [{ id: 0, username: "root" }, "User ID: 0 | Username: root"],
  ])("names %j as people expect", (user, end) => {
    const line = write({ accessLog: { format: "text" } }, { ...FACTS, user: { authenticated: false, ...user } });
    expect(text(line)).toContain(end);
  });

  it.each([
    [200, "POST /pay 200 3.3 ms"],
    [400, "400 Error: Bad request at /pay"],
    [403, "403 Error: Forbidden access to /pay"],
    [500, "500 Error: Server error at /pay"],
    [502, "POST /pay 502 3.3 ms"],
  ])("says of %i: %s", (statusCode, start) => {
    const line = write({ accessLog: { format: "text" } }, FACTS);
    expect(text({ ...line, res: { statusCode, bytes: 1 } }).split(" | ")[0]).toBe(start);
  });

  it("stays one line, an exception's stack included", () => {
    const line: LogLine = {
      level: "error",
      time: AT,
      msg: "Error: a\nb",
      err: { type: "Error", message: "a\nb", stack: "Error: a\n  at x" },
      extra: { userAgent: "a|b\n", user: { id: 1, username: "ada" } },
    };
    expect(text(line)).toBe(
      String.raw`Error: a\u000ab Error: a\u000a  at x | Client IP: unknown | Method: unknown | User-Agent: a\|b\u000a | Timestamp: 2026-11-20 11:39:37 UTC | User ID: 1 | Username: ada`,
    );
  });
});

describe("errors that are tracked", () => {
  class ModelLoadError extends Error {}
  it.each([
    [new ModelLoadError("x"), "fatal"],
    [Object.assign(new Error("x"), { name: "ModelLoadError" }), "fatal"],
    [new (class Deeper extends ModelLoadError {})("x"), "fatal"],
    [new TypeError("x"), "error"],
    ["ModelLoadError", "error"],
    [null, "error"],
  ])("%s is at %s", (error, level) => {
    const lines: LogLine[] = [];
    const log = new LocalLog({
      writer: { write: (line) => void lines.push(line), flushSync: () => undefined },
      redactor: createRedactor(),
      clock: { now: () => AT, monotonicMs: () => 0 },
      showAddress: (address) => address,
      debug: false,
      capture: { headers: true, query: true, user: true },
      fatalTypes: new Set(["ModelLoadError"]),
    });
    log.writeError(undefined, error, "throw", { eventOf: () => undefined } as unknown as Recorder);
    expect(lines[0]?.level).toBe(level);
  });
});
