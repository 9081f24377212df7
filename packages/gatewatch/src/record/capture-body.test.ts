import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import { describe, expect, test } from "vitest";
import { captureBody } from "./capture-body.ts";
import { createExchangeStandIn } from "./exchange-stand-in.ts";

const redactor = createRedactor();
const capture = (body: string, contentType: string): unknown =>
  captureBody(
    createExchangeStandIn({ method: "POST", body, headers: { "content-type": contentType } }),
    redactor,
    10_000,
  );

describe("captureBody()", () => {
  test.each([
    ["JSON text", '{"password":"hunter2","n":1}', "application/vnd.api+json", { password: "[REDACTED]", n: 1 }],
    ["JSON text without its type", '[{"password":"hunter2"}]', "", [{ password: "[REDACTED]" }]],
    ["broken JSON", '{"password":"hunter2"', "application/json", '{"password":"[REDACTED]"'],
    [
      "a form",
      "user=ann&password=hunter2&tag=a&tag=b",
      "application/x-www-form-urlencoded",
      { user: "ann", password: "[REDACTED]", tag: ["a", "b"] },
    ],
    [
      "a multipart form",
      "--b\r\nname=password\r\n\r\nhunter2",
      "multipart/form-data; boundary=b",
      "[multipart: 29 bytes]",
    ],
    ["plain text", "hello", "text/plain", "hello"],
  ])("redacts %s", (_name, body, contentType, expected) => {
    expect(capture(body, contentType)).toEqual(expected);
  });

  test.each(["GET", "HEAD", "DELETE", "OPTIONS"])("captures nothing of %s", (method) => {
    expect(captureBody(createExchangeStandIn({ method, body: "x" }), redactor, 10_000)).toBeUndefined();
  });

  test("counts bytes, not characters, in the replacement", () => {
    expect(capture("é".repeat(10_001), "text/plain")).toBe("[Body too large: 20002 bytes]");
  });
});
