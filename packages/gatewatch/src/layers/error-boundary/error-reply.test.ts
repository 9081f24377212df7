import { describe, expect, it } from "vitest";
import { createExchangeStandIn } from "../../record/exchange-stand-in.ts";
import { buildErrorReply, type ErrorReplySettings } from "./build-error-reply.ts";
import { typeOf } from "../types-of.ts";
import { resolveStatus } from "./resolve-status.ts";
import { phraseOf } from "./status-phrases.ts";

class ValidationError extends Error {}
class FieldError extends ValidationError {}
class Named extends Error {
  override name = "TimeoutError";
}
const hostile = {
  get status(): number {
    throw new Error("no");
  },
  get name(): string {
    throw new Error("no");
  },
};
const TABLE = { ValidationError: 400, TimeoutError: 408, ModelLoadError: 503, VideoGenerationError: 500 };
const withStatus = (facts: object): Error => Object.assign(new Error("x"), facts);

describe("resolveStatus()", () => {
  it.each([
    ["a class in the table", new ValidationError("x"), 400],
    ["a class below one in the table", new FieldError("x"), 400],
    ["a name in the table", new Named("x"), 408],
    ["a name set from outside", withStatus({ name: "ModelLoadError" }), 503],
    ["the table before the error's own status", Object.assign(new ValidationError("x"), { status: 422 }), 400],
    ["err.status", withStatus({ status: 404 }), 404],
    ["err.statusCode", withStatus({ statusCode: 413 }), 413],
    ["err.status before err.statusCode", withStatus({ status: 403, statusCode: 401 }), 403],
    ["err.status of a server error", withStatus({ status: 503 }), 503],
    ["a status below 400", withStatus({ status: 302 }), 500],
    ["a status of success", withStatus({ status: 200, statusCode: 204 }), 500],
    ["a status beyond 599", withStatus({ status: 999 }), 500],
    ["a status that is a text", withStatus({ status: "404" }), 500],
    ["a status that is no whole number", withStatus({ status: 404.5 }), 500],
    ["an invalid status and a valid statusCode", withStatus({ status: "x", statusCode: 409 }), 409],
    ["an error without a status", new TypeError("x"), 500],
    ["a plain object with a status", { status: 418 }, 418],
    ["a text", "thrown", 500],
    ["null", null, 500],
    ["undefined", undefined, 500],
    ["a name from the prototype of objects", withStatus({ name: "constructor" }), 500],
    ["a name like __proto__", withStatus({ name: "__proto__" }), 500],
  ])("%s", (_name, error, status) => {
    expect(resolveStatus(error, TABLE)).toBe(status);
  });

  it("survives objects whose getters throw, and those without a prototype", () => {
    expect([resolveStatus(hostile, TABLE), resolveStatus(Object.create(null), TABLE)]).toEqual([500, 500]);
    expect([typeOf(hostile), typeOf(Object.create(null))]).toEqual(["object", "object"]);
  });

  it("needs no table", () => {
    expect(resolveStatus(new ValidationError("x"), null)).toBe(500);
  });
});

describe("typeOf()", () => {
  it.each([
    [new TypeError("x"), "TypeError"],
    [new Named("x"), "TimeoutError"],
    [new Error("x"), "Error"],
    ["text", "string"],
    [undefined, "undefined"],
    [7n, "bigint"],
    [{}, "object"],
    [new (class ForgotItsName extends Error {})("x"), "ForgotItsName"],
  ])("%s is %s", (error, type) => {
    expect(typeOf(error)).toBe(type);
  });

  it("bounds what an error says of itself", () => {
    expect(typeOf(withStatus({ name: "x".repeat(1e6) })).length).toBe(100);
  });
});

describe("buildErrorReply()", () => {
  const SETTINGS: ErrorReplySettings = {
    statusByType: TABLE,
    service: null,
    at: Date.UTC(2026, 0, 1),
    showsDetails: false,
    describe: () => ({ type: "TypeError", message: "y is undefined" }),
  };
  const build = (error: unknown, changes: Partial<ErrorReplySettings> = {}, url = "/a?secret=1") => {
    const x = createExchangeStandIn({ url, method: "POST" });
    x.errorId = "e-1";
    const { status, headers, body } = buildErrorReply(x, error, { ...SETTINGS, ...changes });
    return { status, headers, error: (JSON.parse(String(body)) as { error: Record<string, unknown> }).error };
  };

  it("tells strangers who they can ask about, and no more", () => {
    const { status, headers, error } = build(new Error("password=hunter2 at /srv/app.js"));
    expect(status).toBe(500);
    expect(headers).toEqual({ "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store" });
    expect(error).toEqual({
      id: "e-1",
      type: "InternalServerError",
      message: "Internal Server Error",
      timestamp: "2026-01-01T00:00:00.000Z",
      path: "/a",
      method: "POST",
    });
    expect(Object.keys(error)).toEqual(["id", "type", "message", "timestamp", "path", "method"]);
  });

  it("adds service and duration where they are given", () => {
    const { error } = build(new Error("x"), { service: "ai_video_api", durationSeconds: 1.23456 });
    expect(error).toMatchObject({ service: "ai_video_api", duration: 1.235 });
  });

  it("tells details where it may", () => {
    const { error } = build(new Error("x"), { showsDetails: true });
    expect(error).toMatchObject({ type: "TypeError", message: "y is undefined" });
  });

  it.each([
    ["a 4xx that says so", { status: 400, expose: true }, "y is undefined"],
    ["a failed validation", { statusCode: 400, validation: [] }, "y is undefined"],
    ["a 4xx that does not say so", { status: 400 }, "Bad Request"],
    ["a 4xx that says no", { status: 400, expose: false }, "Bad Request"],
    ["a 5xx, whatever it says", { status: 503, expose: true }, "Service Unavailable"],
    ["a 5xx with a validation", { status: 500, validation: [] }, "Internal Server Error"],
  ])("tells strangers the message of %s", (_name, facts, message) => {
    const { error } = build(withStatus(facts));
    expect(error["message"]).toBe(message);
    expect(error["type"]).not.toBe("TypeError");
  });

  it("takes the request's id where no event was made", () => {
    const { body } = buildErrorReply(createExchangeStandIn(), new Error("x"), SETTINGS);
    expect(String(body)).toContain('"id":"req-1"');
  });

  it.each([
    [400, "Bad Request", "BadRequest"],
    [404, "Not Found", "NotFound"],
    [408, "Request Timeout", "RequestTimeout"],
    [429, "Too Many Requests", "TooManyRequests"],
    [499, "Bad Request", "BadRequest"],
    [503, "Service Unavailable", "ServiceUnavailable"],
    [599, "Internal Server Error", "InternalServerError"],
  ])("says of %i: %s", (status, message, type) => {
    expect(build(withStatus({ status })).error).toMatchObject({ message, type });
    expect(phraseOf(status)).toBe(message);
  });

  it.each([
    [{ "Retry-After": "30" }, { "Retry-After": "30" }],
    [{ "retry-after": 30 }, { "Retry-After": "30" }],
    [{ allow: "GET, HEAD" }, { Allow: "GET, HEAD" }],
    [{ "WWW-Authenticate": "Bearer" }, { "WWW-Authenticate": "Bearer" }],
    [{ "Set-Cookie": "a=1" }, {}],
    [{ "Retry-After": "1\r\nSet-Cookie: a=1" }, {}],
    [{ "Content-Type": "text/html" }, {}],
    ["nonsense", {}],
    [null, {}],
  ])("takes of the error's headers %j: %j", (headers, taken) => {
    const { "Content-Type": type, "Cache-Control": control, ...rest } = build(withStatus({ headers })).headers;
    expect([type, control]).toEqual(["application/json; charset=utf-8", "no-store"]);
    expect(rest).toEqual(taken);
  });

  it("bounds what a stranger sends", () => {
    const { error } = build(
      new Error("x"),
      { showsDetails: true, describe: () => ({ type: "E", message: "m".repeat(1e6) }) },
      `/${"p".repeat(1e6)}`,
    );
    expect([String(error["path"]).length, String(error["message"]).length]).toEqual([2048, 2000]);
  });
});
