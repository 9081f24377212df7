import { describe, expect, it } from "vitest";
import { fromJson, fromRow, guessFormat, LINE_FORMATS } from "./scan-format.ts";

const parse = (format: string, line: string) => LINE_FORMATS.find(({ name }) => name === format)!.parse(line);

const COMBINED =
  '83.149.9.216 - frank [17/May/2015:10:05:03 +0200] "GET /a/b?x=1&y=%20 HTTP/1.1" 200 203023 "http://e.com/" "Mozilla/5.0 (X11)"';

describe("access logs", () => {
  it.each(["apache", "nginx"])("give %s requests with their time in any zone", (format) => {
    expect(parse(format, COMBINED)).toEqual({
      atMs: Date.UTC(2015, 4, 17, 8, 5, 3),
      event: {
        type: "http_request",
        body: {
          method: "GET",
          path: "/a/b",
          query: "x=1&y=%20",
          status_code: 200,
          response_bytes: 203_023,
          protocol: "HTTP/1.1",
          referer: "http://e.com/",
          user_agent: "Mozilla/5.0 (X11)",
        },
        attributes: { client_address: "83.149.9.216", user_id: "frank" },
      },
    });
  });

  it.each<[string, string, object]>([
    [
      "the common format",
      '::1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.0" 304 -',
      { path: "/", response_bytes: 0 },
    ],
    [
      "a handshake on a plain port",
      String.raw`1.2.3.4 - - [17/May/2015:10:05:03 +0000] "\x16\x03\x01" 400 150 "-" "-"`,
      { method: "", path: String.raw`\x16\x03\x01` },
    ],
    [
      "a quotation mark inside",
      String.raw`1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET /\"x HTTP/1.1" 404 1 "-" "a \"b\" c"`,
      { path: String.raw`/\"x`, user_agent: String.raw`a \"b\" c` },
    ],
    [
      "fields of a site's own at the end",
      '1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/2.0" 200 5 "-" "curl" 0.004 "x"',
      { user_agent: "curl" },
    ],
  ])("read %s", (_, line, body) => {
    expect(parse("apache", line)?.event["body"]).toMatchObject(body);
  });

  it("of nginx may be JSON", () => {
    expect(parse("nginx", '{"status":200,"time":"2020-01-01T00:00:00Z"}')).toEqual({
      event: { status: 200, time: "2020-01-01T00:00:00Z" },
      atMs: Date.UTC(2020, 0, 1),
    });
  });

  it.each(["", "hello", '1.2.3.4 - - [x] "GET / HTTP/1.1" 20', `${"a ".repeat(100_000)}[`, `"${"\\".repeat(99_999)}`])(
    "leave out %.20s",
    (line) => {
      expect(parse("apache", line)).toBeNull();
    },
  );
});

describe("syslog", () => {
  it.each<[string, string, object]>([
    [
      "RFC 5424",
      "<34>1 2003-10-11T22:14:15.003Z mymachine su - ID47 - 'su root' failed",
      { facility: 4, severity: 2, host: "mymachine", app: "su", kind: "ID47", message: "'su root' failed" },
    ],
    [
      "RFC 5424 with structured data",
      '<165>1 2003-10-11T22:14:15Z h app 12 - [a@1 b="c"][d@2] text',
      { app: "app", message: "text" },
    ],
    [
      "RFC 3164",
      "<13>Oct  1 22:14:15 mymachine sshd[4711]: Failed password for root",
      { app: "sshd", message: "Failed password for root", severity: 5 },
    ],
    ["a file without priorities", "Jan 12 06:25:01 web1 CRON[99]: (root) CMD (x)", { host: "web1", app: "CRON" }],
    ["a file with ISO times", "2024-05-01T10:00:00.123456+02:00 web1 kernel: oops", { app: "kernel", message: "oops" }],
  ])("reads %s", (_, line, body) => {
    expect(parse("syslog", line)?.event["body"]).toMatchObject(body);
  });

  it("leaves out other text", () => expect(parse("syslog", "nothing of the kind")).toBeNull());
});

describe("JSON", () => {
  it.each<[string, unknown, number | null]>([
    ["seconds", { ts: 1_700_000_000 }, 1_700_000_000_000],
    ["milliseconds", { time: 1_700_000_000_000 }, 1_700_000_000_000],
    ["ISO", { "@timestamp": "2024-01-01T00:00:00+01:00" }, Date.UTC(2023, 11, 31, 23)],
    ["no zone", { timestamp: "2024-01-01 00:00:00,500" }, Date.UTC(2024, 0, 1) + 500],
    ["nonsense", { timestamp: "soon" }, null],
    ["infinity", { timestamp: Number.POSITIVE_INFINITY }, null],
    ["nothing", {}, null],
  ])("takes the time from %s", (_, value, atMs) => expect(fromJson(value).atMs).toBe(atMs));

  it.each([1, "a", null, [1]])("makes an event of %j", (value) => expect(fromJson(value).event).toEqual({ value }));

  it("leaves out a broken line", () => expect(parse("ndjson", '{"a":')).toBeNull());
});

it("empty cells of a table are missing fields", () => {
  expect(fromRow({ a: "1", b: "", time: "2024-01-01T00:00:00Z" })).toEqual({
    event: { a: "1", time: "2024-01-01T00:00:00Z" },
    atMs: Date.UTC(2024, 0, 1),
  });
});

it.each<[string | null, string[]]>([
  ["ndjson", ['{"a":1}', '{"a":2}']],
  ["apache", [COMBINED, COMBINED]],
  ["syslog", ["Jan 12 06:25:01 web1 CRON[99]: x"]],
  [null, ["1", "2"]],
  [null, ["hello world"]],
  [null, []],
])("guesses %s", (name, lines) => expect(guessFormat(lines)).toBe(name));
