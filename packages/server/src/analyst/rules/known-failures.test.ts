import type { ErrorEvent } from "@gatewatch/protocol";
import { describe, expect, it } from "vitest";
import { KNOWN_FAILURES, findKnownFailure } from "./known-failures.ts";
import { readSignals } from "./read-signals.ts";

function event(type: string, message: string, code?: string, source?: string, column?: number): ErrorEvent {
  return {
    type: "error",
    time: 0,
    id: "e1",
    level: "error",
    handled: true,
    mechanism: "throw",
    exceptions: [
      {
        type,
        message,
        ...(code === undefined ? {} : { code }),
        frames: [
          { file: "node_modules/pg/client.js", inApp: false },
          {
            file: "src/lib/price.ts",
            line: 42,
            function: "total",
            inApp: true,
            ...(column === undefined ? {} : { column }),
            ...(source === undefined ? {} : { context: { pre: [], line: source, post: [] } }),
          },
        ],
      },
    ],
  };
}

function explain(type: string, message: string, code?: string, source?: string, column?: number) {
  const [read] = readSignals(event(type, message, code, source, column));
  const known = findKnownFailure(read!.signals);
  return known === undefined ? undefined : { name: known.failure.name, ...known.words };
}

const CASES: [name: string, type: string, message: string, code?: string, says?: string][] = [
  ["connection-refused", "Error", "connect ECONNREFUSED 127.0.0.1:5432", "ECONNREFUSED", "127.0.0.1:5432"],
  ["connection-reset", "Error", "read ECONNRESET", "ECONNRESET", "price.ts:42"],
  ["timeout", "Error", "connect ETIMEDOUT 10.0.0.1:443", "ETIMEDOUT", "10.0.0.1:443"],
  ["name-not-found", "Error", "getaddrinfo ENOTFOUND db.internal", "ENOTFOUND", "db.internal"],
  ["name-not-found", "Error", "getaddrinfo EAI_AGAIN db", "EAI_AGAIN", "at the moment"],
  ["unreachable", "Error", "connect EHOSTUNREACH 10.0.0.1:1", "EHOSTUNREACH"],
  ["port-taken", "Error", "listen EADDRINUSE: address already in use :::3000", "EADDRINUSE", ":::3000"],
  ["too-many-files", "Error", "EMFILE: too many open files, open '/x'", "EMFILE"],
  ["disk-full", "Error", "ENOSPC: no space left on device, write", "ENOSPC"],
  ["data-damage", "Error", "database disk image is malformed", "SQLITE_CORRUPT"],
  ["permission", "Error", "EACCES: permission denied, open '/etc/x'", "EACCES", "`/etc/x`"],
  ["permission", "Error", "EPERM: operation not permitted", "EPERM"],
  ["file-missing", "Error", "ENOENT: no such file or directory, open 'views/a.html'", "ENOENT", "`views/a.html`"],
  ["not-a-function", "TypeError", "cart.total is not a function", undefined, "`cart.total`"],
  ["not-iterable", "TypeError", "order.items is not iterable", undefined, "`order.items`"],
  ["not-a-constructor", "TypeError", "Client is not a constructor", undefined, "`new Client`"],
  ["not-defined", "ReferenceError", "fooo is not defined", undefined, "`fooo`"],
  ["before-initialization", "ReferenceError", "Cannot access 'db' before initialization", undefined, "`db`"],
  ["null-to-object", "TypeError", "Cannot convert undefined or null to object"],
  ["invalid-date", "RangeError", "Invalid time value"],
  ["circular-json", "TypeError", "Converting circular structure to JSON\n    --> starting at"],
  ["circular-json", "TypeError", "Do not know how to serialize a BigInt", undefined, "BigInt"],
  ["stack-overflow", "RangeError", "Maximum call stack size exceeded"],
  ["constant-assignment", "TypeError", "Assignment to constant variable."],
  ["json-parse", "SyntaxError", "Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON", undefined, "HTML"],
  ["json-parse", "SyntaxError", "Unexpected end of JSON input", undefined, "empty or cut off"],
  ["invalid-url", "TypeError", "Invalid URL", "ERR_INVALID_URL"],
  ["invalid-number", "RangeError", "Invalid array length"],
  ["validation", "ZodError", '[{"code":"invalid_type","path":["email"],"message":"Required"}]', undefined, "`email`"],
  ["validation", "ValidationError", "quantity must be a positive number", undefined, "`quantity`"],
  ["validation", "ValidationError", "Invalid order: address.street is required", undefined, "`address.street`"],
  ["validation", "ValidationError", 'Invalid order: postcode "abc" must have five digits', undefined, "`postcode`"],
  ["validation", "ValidationError", "1 validation error for Order\nprice\n  field required"],
  ["out-of-memory", "RangeError", "Array buffer allocation failed"],
  [
    "out-of-memory",
    "Error",
    "Worker terminated due to reaching memory limit: JS heap out of memory",
    "ERR_WORKER_OUT_OF_MEMORY",
  ],
  ["aborted", "AbortError", "This operation was aborted"],
  ["aborted", "Error", "Request timed out after 5000 ms"],
  ["headers-sent", "Error", "Cannot set headers after they are sent to the client", "ERR_HTTP_HEADERS_SENT"],
  ["premature-close", "Error", "Premature close", "ERR_STREAM_PREMATURE_CLOSE"],
  [
    "unique-constraint",
    "error",
    'duplicate key value violates unique constraint "users_email_key"',
    "23505",
    "`users_email_key`",
  ],
  ["unique-constraint", "Error", "UNIQUE constraint failed: users.email", "SQLITE_CONSTRAINT_UNIQUE", "`users.email`"],
  [
    "foreign-key",
    "error",
    'insert or update on table "a" violates foreign key constraint "a_b_fkey"',
    "23503",
    "`a_b_fkey`",
  ],
  [
    "not-null",
    "error",
    'null value in column "name" of relation "users" violates not-null constraint',
    "23502",
    "`name`",
  ],
  ["deadlock", "error", "deadlock detected", "40P01"],
  ["deadlock", "Error", "database is locked", "SQLITE_BUSY"],
  ["pool-exhausted", "Error", "timeout exceeded when trying to connect"],
  ["pool-exhausted", "error", "sorry, too many clients already", "53300"],
  ["schema-mismatch", "error", 'column "colour" does not exist', "42703", "`colour`"],
  ["statement-timeout", "error", "canceling statement due to statement timeout", "57014"],
  ["tls-certificate", "Error", "certificate has expired", "CERT_HAS_EXPIRED", "expired"],
  ["tls-certificate", "Error", "self-signed certificate in certificate chain", "SELF_SIGNED_CERT_IN_CHAIN"],
  ["module-missing", "Error", "Cannot find module 'sharp'", "MODULE_NOT_FOUND", "`sharp`"],
  ["module-missing", "ModuleNotFoundError", "No module named 'numpy'", undefined, "`numpy`"],
  ["env-missing", "Error", "STRIPE_SECRET_KEY is not set", undefined, "`STRIPE_SECRET_KEY`"],
  ["upstream-answer", "Error", "Payment service responded with 503", undefined, "503"],
  ["upstream-answer", "AxiosError", "Request failed with status code 401", undefined, "credentials"],
  ["fetch-failed", "TypeError", "fetch failed"],
  ["body-too-large", "PayloadTooLargeError", "request entity too large"],
  ["client-aborted", "Error", "request aborted"],
  ["token", "TokenExpiredError", "jwt expired", undefined, "expired"],
  ["attack", "SecurityError", "SQL injection detected in parameter q", undefined, "sql injection"],
  ["invalid-header", "TypeError", 'Invalid character in header content ["x"]', "ERR_INVALID_CHAR"],
  ["view-missing", "Error", 'Failed to lookup view "cart" in views directory', undefined, "`cart`"],
  ["key-error", "KeyError", "'customer'", undefined, "`customer`"],
  ["attribute-error", "AttributeError", "'NoneType' object has no attribute 'name'", undefined, "`name`"],
  ["index-error", "IndexError", "list index out of range"],
  ["does-not-exist", "DoesNotExist", "Order matching query does not exist."],
  ["python-type-error", "TypeError", "'NoneType' object is not subscriptable"],
  ["value-error", "ValueError", "invalid literal for int() with base 10: 'x'", undefined, "no int"],
];

describe("the catalogue of known failures", () => {
  it.each(CASES)("knows %s: %s: %s", (name, type, message, code, says = "") => {
    const known = explain(type, message, code);
    expect(known?.name).toBe(name);
    expect(`${known?.cause} ${known?.fix}`).toContain(says);
  });

  it("has at least forty entries of different names, each shown by a case", () => {
    const names = KNOWN_FAILURES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(40);
    const shown = new Set([...CASES.map(([name]) => name), "null-access"]);
    expect(names.filter((name) => !shown.has(name))).toEqual([]);
  });

  it.each([
    [
      "Cannot read properties of undefined (reading 'name')",
      "  return order.customer.name.trim();",
      undefined,
      "`order.customer` is undefined at price.ts:42",
    ],
    [
      "Cannot read properties of null (reading '0')",
      "const first = rows.get(id)[0];",
      undefined,
      "`rows.get(id)` is null",
    ],
    ["Cannot read properties of undefined (reading 'id')", "if (a.id === b.id) return;", 15, "`b` is undefined"],
    [
      "Cannot read properties of undefined (reading 'id')",
      "if (a.id === b.id) return;",
      undefined,
      "Something is undefined",
    ],
    [
      "Cannot set properties of undefined (setting 'total')",
      "this.cart.total = 0;",
      undefined,
      "`this.cart` is undefined",
    ],
    [
      "Cannot destructure property 'email' of 'req.body' as it is undefined.",
      "const { email } = req.body;",
      undefined,
      "`req.body` is undefined",
    ],
    [
      "Cannot read properties of undefined (reading 'name')",
      "user?.address!.name",
      undefined,
      "`user?.address` is undefined",
    ],
  ])("names what was missing: %s in %j", (message, source, column, says) => {
    const known = explain("TypeError", message, undefined, source, column);
    expect(known?.cause).toContain(says);
    expect(known?.name).toBe("null-access");
  });

  it("tells where a refused call came from only when a frame tells", () => {
    const refused = event("Error", "connect ECONNREFUSED 10.0.0.1:80", "ECONNREFUSED");
    expect(findKnownFailure(readSignals(refused)[0]!.signals)?.words.cause).toMatch(
      / The call came from price\.ts:42\.$/,
    );
    refused.exceptions[0]!.frames = [];
    expect(findKnownFailure(readSignals(refused)[0]!.signals)?.words.cause).toMatch(/or elsewhere\.$/);
  });

  it("says nothing about what it does not know", () => {
    expect(explain("DomainError", "the moon is full")).toBeUndefined();
  });

  it("stays quick and quiet on hostile messages", () => {
    for (const text of [
      "Cannot read properties of undefined (reading '".repeat(99),
      "missing ".repeat(999),
      "(".repeat(9999),
    ])
      expect(() => explain("TypeError", text, undefined, `${"(".repeat(400)}.x`)).not.toThrow();
  });
});
