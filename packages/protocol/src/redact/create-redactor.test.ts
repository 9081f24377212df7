import { describe, expect, it } from "vitest";
import { createRedactor } from "./create-redactor.ts";
import { RedactionOptionError } from "./redactor.ts";

const redactor = createRedactor();
const CARD = "4111 1111 1111 1111";

describe("redactText()", () => {
  it.each([
    ["password=hunter2", "password=[REDACTED]"],
    ["a password: hunter2, b", "a password: [REDACTED], b"],
    ['{"password":"hun\\"ter2","n":1}', '{"password":"[REDACTED]","n":1}'],
    ['{"credentials":{"user":"ada","pin":"1"},"n":1}', '{"credentials":[REDACTED],"n":1}'],
    ['{\\"token\\":\\"abc\\",\\"n\\":1}', '{\\"token\\":\\"[REDACTED]\\",\\"n\\":1}'],
    ["{'api_key': 'abc', 'n': 1}", "{'api_key': '[REDACTED]', 'n': 1}"],
    ["Authorization: Bearer abc123 ok", "Authorization: [REDACTED] ok"],
    ["user[password]=hunter2&x=1", "user[password]=[REDACTED]&x=1"],
    ["postgres://ada:pw@db/shop", "postgres://[REDACTED]@db/shop"],
    [`card ${CARD} 2027`, "card [REDACTED] 2027"],
    ["4111-1111-1111-1111", "[REDACTED]"],
    ["1 2221-0000-0000-0009 x", "1 [REDACTED] x"],
    ["password=[REDACTED]", "password=[REDACTED]"],
    ["password=null", "password=null"],
    ["<password>x1</password>", "<password>[REDACTED]</password>"],
    ["password: 'unclosed\nnext line", "password: '[REDACTED]\nnext line"],
  ])("turns %j into %j", (text, clean) => {
    expect(redactor.redactText(text)).toBe(clean);
  });

  it.each([
    "41111111111111112222222222",
    "a4111111111111111b",
    "0.4111111111111111",
    "4111-1111-1111-1111-2222-3333",
    "1795165200120",
    "0000000000000000",
    "git@github.com:ada/shop.git",
    "ada@example.org",
  ])("leaves %s as it is", (text) => {
    expect(redactor.redactText(text)).toBe(text);
  });

  it("takes e-mail addresses only when asked to", () => {
    expect(createRedactor({ email: true }).redactText("from ada@example.org.")).toBe("from [REDACTED].");
  });

  it.each([
    "token: ",
    "password=",
    'password="',
    '{"password":[',
    "eyJ",
    "eyJ.",
    "SG.",
    "sk-",
    "://a:",
    "://a@",
    "@",
    "4111 ",
    "41-",
  ])("is linear in a hostile text made of %j", (piece) => {
    const hostile = piece.repeat(Math.ceil(262_144 / piece.length));
    for (const redact of [redactor.redactText, redactor.redactSource, redactor.redactUrl])
      expect(redact(hostile)).toBeTypeOf("string");
  });

  it.each([
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY",
    "<password>",
    "cookie: ",
    "bearer ",
    "--password ",
    "\\",
    "=",
    "?k=",
    "token: aaaa:",
    "password=,a",
    "secret = a(",
    "/reset/",
    "%",
    "hooks.slack.com/services/",
    "_-",
  ])("is linear in a hostile text made of %j, too", (piece) => {
    const hostile = `${piece.repeat(Math.ceil(262_144 / piece.length))}x`;
    for (const redact of [redactor.redactText, redactor.redactSource, redactor.redactUrl])
      expect(redact(hostile)).toBeTypeOf("string");
  });
});

describe("redactSource()", () => {
  it.each([
    "const token = req.headers.authorization.split(' ')[1];",
    "const password = req.body.password;",
    "    return jwt.verify(token, secret)",
    "if (password !== confirm) {",
    "async login(user, password) {",
  ])("keeps code that only names a secret: %s", (line) => {
    expect(redactor.redactSource(line)).toBe(line);
  });

  it.each([
    ['const apiKey = "abc";', 'const apiKey = "[REDACTED]";'],
    ["const pin = 4711;", "const pin = [REDACTED];"],
    ['if (password === "abc") {', 'if (password === "[REDACTED]") {'],
    ['const secret = process.env.SECRET ?? "abc";', 'const secret = process.env.SECRET ?? "[REDACTED]";'],
    ["API_KEY=abc", "API_KEY=[REDACTED]"],
    ["password=hunter2", "password=[REDACTED]"],
  ])("turns %s into %s", (line, clean) => {
    expect(redactor.redactSource(line)).toBe(clean);
  });
});

describe("redactUrl()", () => {
  it.each([
    ["/a?token=x&b=1", "/a?token=[REDACTED]&b=1"],
    ["/a?user%5Bpassword%5D=x", "/a?user%5Bpassword%5D=[REDACTED]"],
    [
      "https://ada:pw@shop.example/a#access_token=x&n=1",
      "https://[REDACTED]@shop.example/a#access_token=[REDACTED]&n=1",
    ],
    ["/a?code=404", "/a?code=404"],
    ["/a?code=4%2F0AX4XfWh1234567890abc", "/a?code=[REDACTED]"],
    ["/reset-password/0123456789abcdef0123", "/reset-password/[REDACTED]"],
    ["/products/17?color=blue#top", "/products/17?color=blue#top"],
    ["/a?next=%7B%22password%22%3A%22x%22%7D", "/a?next=[REDACTED]"],
    ["/a?%ZZ=%", "/a?%ZZ=%"],
  ])("turns %s into %s", (url, clean) => {
    expect(redactor.redactUrl(url)).toBe(clean);
  });
});

describe("redactHeaders()", () => {
  it("replaces secrets by name in any case and leaves the rest", () => {
    expect(
      redactor.redactHeaders({
        AUTHORIZATION: "Bearer x",
        "set-cookie": ["a=b", "c=d"],
        "X-Forwarded-For": "203.0.113.9",
        accept: "*/*",
        referer: "/a?token=x",
        absent: undefined,
      }),
    ).toEqual({
      AUTHORIZATION: "[REDACTED]",
      "set-cookie": ["[REDACTED]", "[REDACTED]"],
      "X-Forwarded-For": "[REDACTED]",
      accept: "*/*",
      referer: "/a?token=[REDACTED]",
    });
  });

  it("keeps addresses when asked to, and takes further names", () => {
    const own = createRedactor({ keepAddressHeaders: true, headers: ["X-Tenant"] });
    expect(own.redactHeaders({ "x-forwarded-for": "203.0.113.9", "x-tenant": "a" })).toEqual({
      "x-forwarded-for": "203.0.113.9",
      "x-tenant": "[REDACTED]",
    });
  });
});

describe("redactValue()", () => {
  it("returns the same object when nothing changed", () => {
    const clean = { a: [1, "two", { b: null }], c: true };
    expect(redactor.redactValue(clean)).toBe(clean);
  });

  it("changes only the branch that holds a secret and never the argument", () => {
    const value = { clean: { a: 1 }, user: { Password: "x", name: "ada" }, cards: [4_111_111_111_111_111, 7] };
    const redacted = redactor.redactValue(value);
    expect(redacted).toEqual({
      clean: { a: 1 },
      user: { Password: "[REDACTED]", name: "ada" },
      cards: ["[REDACTED]", 7],
    });
    expect(redacted.clean).toBe(value.clean);
    expect(value.user.Password).toBe("x");
  });

  it("knows the names of headers wherever they stand", () => {
    const value = { headers: { "X-Forwarded-For": "203.0.113.77", "stripe-signature": "t=1,v1=abc", Accept: "*/*" } };
    expect(redactor.redactValue(value)).toEqual({
      headers: { "X-Forwarded-For": "[REDACTED]", "stripe-signature": "[REDACTED]", Accept: "*/*" },
    });
  });

  it("keeps what says nothing by itself under a secret name", () => {
    const value = { password: null, token: "", auth: true };
    expect(redactor.redactValue(value)).toBe(value);
  });

  it("replaces what lies deeper than 20 levels, and cycles", () => {
    let deep: unknown = "bottom";
    for (let level = 0; level < 25; level++) deep = { deep };
    expect(JSON.stringify(redactor.redactValue(deep))).toContain("[REDACTED]");
    const cycle: Record<string, unknown> = { a: 1 };
    cycle["self"] = cycle;
    expect(redactor.redactValue(cycle)).toEqual({ a: 1, self: "[REDACTED]" });
  });

  it("keeps a field named __proto__ a field", () => {
    const value = JSON.parse('{"__proto__":{"password":"x"},"token":"y"}') as object;
    const redacted = redactor.redactValue(value);
    expect(JSON.stringify(redacted)).toBe('{"__proto__":{"password":"[REDACTED]"},"token":"[REDACTED]"}');
    expect(Object.getPrototypeOf(redacted)).toBe(Object.prototype);
  });

  it("gives the marker when the app's own object throws", () => {
    const value = {
      get broken(): never {
        throw new Error("no");
      },
    };
    expect(redactor.redactValue<unknown>(value)).toBe("[REDACTED]");
  });
});

describe("redactQuery()", () => {
  it("replaces by name and by value, and returns the same object when clean", () => {
    const clean = { a: "1", b: ["x", "y"] };
    expect(redactor.redactQuery(clean)).toBe(clean);
    expect(redactor.redactQuery({ token: ["a", "b"], q: `pay ${CARD}`, sig: "x" })).toEqual({
      token: ["[REDACTED]", "[REDACTED]"],
      q: "pay [REDACTED]",
      sig: "[REDACTED]",
    });
  });
});

describe("hostile fields", () => {
  it("of headers and queries become texts without being asked for their own", () => {
    const hostile = { a: { toString: "", password: "x" }, b: [{ token: "y" }, 5], c: 7n } as unknown as Record<
      string,
      string
    >;
    const clean = { a: '{"toString":"","password":"[REDACTED]"}', b: ['{"token":"[REDACTED]"}', "5"], c: "[REDACTED]" };
    expect(redactor.redactQuery(hostile)).toEqual(clean);
    expect(redactor.redactHeaders(hostile)).toEqual(clean);
  });
});

describe("createRedactor()", () => {
  it("takes further keys in any spelling, exceptions and patterns", () => {
    const own = createRedactor({ keys: ["tenantCode"], allowKeys: ["token"], patterns: [/EMP-\d{6}/, "cust_[a-z]+"] });
    expect(own.redactValue({ TENANT_CODE: "x", token: "y", note: "EMP-123456 and cust_ada" })).toEqual({
      TENANT_CODE: "[REDACTED]",
      token: "y",
      note: "[REDACTED] and [REDACTED]",
    });
  });

  it.each([
    [{ patterns: ["("] }, /does not compile/],
    [{ patterns: ["a*"] }, /matches the empty text/],
    [{ patterns: ["(a+)+b"] }, /stall/],
    [{ patterns: ["(?:a|aa)+b"] }, /stall/],
    [{ patterns: ["x".repeat(501)] }, /1 to 500/],
    [{ keys: ["-"] }, /2 to 128/],
    [{ headers: Array.from({ length: 201 }, () => "ab") }, /at most 200/],
  ])("refuses %j", (options, message) => {
    expect(() => createRedactor(options)).toThrow(RedactionOptionError);
    expect(() => createRedactor(options)).toThrow(message);
  });
});
