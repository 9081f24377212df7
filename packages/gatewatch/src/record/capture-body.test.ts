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

  test.each([
    ["text of 10,000 bytes", "é".repeat(5_000), {}, "é".repeat(5_000)],
    ["text of 10,002 bytes", "é".repeat(5_001), {}, "[Body too large: 10002 bytes]"],
    ["JSON of 10,000 bytes", { a: "é".repeat(4_996) }, {}, { a: "é".repeat(4_996) }],
    ["JSON of 10,002 bytes", { a: "é".repeat(4_997) }, {}, "[Body too large: 10002 bytes]"],
    [
      "JSON that was compressed",
      { a: "b".repeat(50_000) },
      { "content-length": "90" },
      "[Body too large: 50008 bytes]",
    ],
    ["JSON with many blanks", { a: 1 }, { "content-length": "10001" }, "[Body too large: 10001 bytes]"],
  ])("measures bytes, not characters: %s", (_name, body, headers, expected) => {
    const x = createExchangeStandIn({ method: "POST", body, headers });
    expect(captureBody(x, redactor, 10_000)).toEqual(expected);
  });

  test("leaves what the exchange says of its size as it is, however small the limit", () => {
    const said = "[Body too large: 20002 bytes]";
    expect(captureBody(createExchangeStandIn({ method: "POST", body: said }), redactor, 5)).toBe(said);
  });
});
