import { describe, expect, it } from "vitest";
import { cleanLine, cleanText } from "./clean-text.ts";
import { describeThreshold } from "./describe-failure.ts";
import { escapeHtml } from "./escape-html.ts";
import { escapeSlack } from "./escape-slack.ts";
import type { FailureFacts } from "./failure-facts.ts";
import { formatTime, isTimeZone } from "./format-time.ts";
import { nameUser } from "./name-user.ts";
import { renderMailFailure, renderMailThreshold } from "./render-mail.ts";
import { renderSlackFailure, renderSlackThreshold } from "./render-slack-failure.ts";
import { renderTextLine } from "./render-text-line.ts";

const AT = Date.UTC(2026, 10, 20, 11, 39, 37);
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const FACTS: FailureFacts = { status: 404, path: "/cart", method: "GET", at: AT };
const HOSTILE = [
  "<!channel>",
  "<@U123>",
  "<https://evil.example|click>",
  "&lt;!here&gt;",
  '"><script>alert(1)</script>',
  "a\r\nBcc: everyone@example.com",
  "x\u2028y\u2029z",
  "\u001b[2J\u009b31m",
  "\u202Egnp.exe",
  "a | User ID: 1 | Username: root",
  "\uD800 lone",
  "\u0000",
];

describe("renderSlackFailure()", () => {
  it.each([
    [400, "⚠️ 400 Error: Bad request at /cart"],
    [403, "⚠️ 403 Error: Forbidden access to /cart"],
    [404, "⚠️ 404 Error: /cart not found"],
    [500, "⚠️ 500 Error: Server error at /cart"],
    [401, "⚠️ Unknown Error"],
    [409, "⚠️ Unknown Error"],
    [429, "⚠️ Unknown Error"],
    [502, "⚠️ Unknown Error"],
    [503, "⚠️ Unknown Error"],
  ])("says of status %i: %s", (status, text) => {
    expect(renderSlackFailure({ ...FACTS, status }).text).toBe(text);
  });

  it("lists the facts in order, in red, numbers as texts", () => {
    const note = renderSlackFailure({
      ...FACTS,
      client: "203.0.113.9",
      userAgent: "curl/8",
      userId: 7,
      username: "ada",
    });
    expect(note.attachments).toHaveLength(1);
    expect(note.attachments[0]!.color).toBe("#ff0000");
    expect(note.attachments[0]!.fields.map(({ title, value, short }) => [title, value, short])).toEqual([
      ["Status Code", "404", true],
      ["Path", "/cart", true],
      ["Client IP", "203.0.113.9", true],
      ["Method", "GET", true],
      ["User-Agent", "curl/8", false],
      ["User ID", "7", true],
      ["Username", "ada", true],
      ["Timestamp", "2026-11-20 11:39:37 UTC", false],
    ]);
  });

  it("tells times in the zone that is asked for", () => {
    const { fields } = renderSlackFailure(FACTS, { timeZone: "Asia/Seoul" }).attachments[0]!;
    expect(fields.at(-1)!.value).toBe("2026-11-20 20:39:37 GMT+9");
  });

  it("counts what went untold", () => {
    expect(renderSlackFailure({ ...FACTS, more: 41 }).text).toBe(
      "⚠️ 404 Error: /cart not found (+41 more since the last message)",
    );
  });

  it.each(HOSTILE)("lets no stranger mention, link or hide by %j", (hostile) => {
    const note = renderSlackFailure({
      status: 404,
      path: hostile,
      method: hostile,
      client: hostile,
      userAgent: hostile,
      userId: hostile,
      username: hostile,
      at: AT,
    });
    const texts = [note.text, note.attachments[0]!.fallback, ...note.attachments[0]!.fields.map(({ value }) => value)];
    for (const text of texts) {
      expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
      expect(text.replaceAll("\n", "")).not.toMatch(CONTROLS);
      expect(text).not.toMatch(/[\u202E\uD800](?![\uDC00-\uDFFF])/);
    }
  });

  it("bounds every text", () => {
    const long = "<".repeat(100_000);
    const note = renderSlackFailure({ ...FACTS, path: long, userAgent: long, username: long, method: long });
    expect(JSON.stringify(note).length).toBeLessThan(20_000);
  });
});

describe("renderSlackThreshold()", () => {
  const facts = { key: "error:500:/a<b>", count: 10, threshold: 10, windowMs: 300_000, more: 0, at: AT };

  it("says how many errors of which kind in which time", () => {
    const note = renderSlackThreshold({ ...facts, service: "shop" });
    expect(note.text).toBe("🚨 10 errors for error:500:/a&lt;b&gt; in 300s");
    expect(note.attachments[0]!.fields.map(({ title, value }) => [title, value])).toEqual([
      ["Service", "shop"],
      ["Threshold", "10"],
      ["Timestamp", "2026-11-20 11:39:37 UTC"],
    ]);
  });

  it.each([
    [300_000, 0, "10 errors for k in 300s"],
    [1500, 0, "10 errors for k in 1.5s"],
    [60_000, 3, "10 errors for k in 60s (+3 more since the last alert)"],
  ])("tells a window of %i ms with %i more as: %s", (windowMs, more, text) => {
    expect(describeThreshold({ ...facts, windowMs, more }, "k")).toBe(text);
  });
});

describe("renderMailFailure()", () => {
  it("says in subject and texts what Slack is told", () => {
    const mail = renderMailFailure({ ...FACTS, service: "shop", more: 2 });
    expect(mail.subject).toBe("[shop] ⚠️ 404 Error: /cart not found (+2 more since the last message)");
    expect(mail.text.split("\n")).toEqual([
      "⚠️ 404 Error: /cart not found (+2 more since the last message)",
      "",
      "Service: shop",
      "Status Code: 404",
      "Path: /cart",
      "Client IP: unknown",
      "Method: GET",
      "User-Agent: unknown",
      "User ID: Anonymous",
      "Username: Anonymous",
      "Timestamp: 2026-11-20 11:39:37 UTC",
      "",
    ]);
    expect(mail.html).toContain("<td>/cart</td>");
  });

  it.each(HOSTILE)("lets no stranger add a header, a line or a tag by %j", (hostile) => {
    const mail = renderMailFailure({
      ...FACTS,
      path: hostile,
      userAgent: hostile,
      username: hostile,
      service: hostile,
    });
    expect(mail.subject).not.toMatch(CONTROLS);
    expect(mail.text.split("\n")).toHaveLength(12);
    expect(mail.html.replaceAll(/<\/?(?:p|strong|table|tr|td)>|<th align="left">|<\/th>/g, "")).not.toMatch(/[<>]/);
  });

  it("keeps the subject short", () => {
    expect(renderMailFailure({ ...FACTS, path: "x".repeat(9000) }).subject.length).toBeLessThanOrEqual(200);
  });

  it("tells of many errors too", () => {
    const facts = { key: "exception:TypeError:/a", count: 5, threshold: 5, windowMs: 300_000, more: 0, at: AT };
    expect(renderMailThreshold({ ...facts, service: "ai_video_api" }).subject).toBe(
      "[ai_video_api] 🚨 5 errors for exception:TypeError:/a in 300s",
    );
  });
});

describe("renderTextLine()", () => {
  it("has its parts in order", () => {
    const line = renderTextLine({
      message: "404 Error: /cart not found",
      client: "203.0.113.9",
      method: "GET",
      userAgent: "curl/8",
      time: "2026-11-20 11:39:37 UTC",
      userId: 7,
      username: "ada",
    });
    expect(line).toBe(
      "404 Error: /cart not found | Client IP: 203.0.113.9 | Method: GET | User-Agent: curl/8 | Timestamp: 2026-11-20 11:39:37 UTC | User ID: 7 | Username: ada",
    );
  });

  it("names what is absent, and the service where there is one", () => {
    expect(renderTextLine({ message: "m", time: "t", userId: null, username: "", service: "shop" })).toBe(
      "m | Client IP: unknown | Method: unknown | User-Agent: unknown | Timestamp: t | User ID: Anonymous | Username: Anonymous | Service: shop",
    );
  });

  it.each(HOSTILE)("stays one line with its own parts whatever %j says", (hostile) => {
    const line = renderTextLine({
      message: hostile,
      client: hostile,
      userAgent: hostile,
      username: hostile,
      time: "t",
    });
    expect(line).not.toMatch(CONTROLS);
    expect(line.split(/(?<!\\)\|/)).toHaveLength(7);
  });
});

describe("the pieces of messages", () => {
  it.each([
    ["ada", "ada"],
    [7, "7"],
    [0, "0"],
    ["", "Anonymous"],
    ["  ", "Anonymous"],
    [null, "Anonymous"],
    [undefined, "Anonymous"],
  ])("nameUser(%j) is %s", (value, name) => {
    expect(nameUser(value)).toBe(name);
  });

  it.each([
    ["UTC", "2026-11-20 11:39:37 UTC"],
    ["Asia/Seoul", "2026-11-20 20:39:37 GMT+9"],
    ["America/New_York", "2026-11-20 06:39:37 EST"],
    ["Asia/Kolkata", "2026-11-20 17:09:37 GMT+5:30"],
  ])("formatTime() in %s is %s", (zone, text) => {
    expect(formatTime(AT, zone)).toBe(text);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300])("formatTime(%s) is unknown", (at) => {
    expect([formatTime(at), formatTime(at, "Asia/Seoul")]).toEqual(["unknown", "unknown"]);
  });

  it("knows midnight as hour zero", () => {
    expect(formatTime(Date.UTC(2026, 0, 1, 15), "Asia/Seoul")).toBe("2026-01-02 00:00:00 GMT+9");
  });

  it.each([
    ["UTC", true],
    ["Europe/Paris", true],
    ["Mars/Base", false],
    ["", false],
  ])("isTimeZone(%j) is %s", (name, known) => {
    expect(isTimeZone(name)).toBe(known);
  });

  it.each([
    ["a<b>&c", 100, "a&lt;b&gt;&amp;c"],
    ["&amp;", 100, "&amp;amp;"],
    ["abcdef", 4, "abc…"],
    ["ab😀d", 4, "ab…"],
  ])("escapeSlack(%j, %i) is %s", (text, max, escaped) => {
    expect(escapeSlack(text, max)).toBe(escaped);
  });

  it("escapeHtml() leaves no character that ends a text or an attribute", () => {
    expect(escapeHtml(`<a href="x" title='y'>&`)).toBe("&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;");
  });

  it("cleanText() keeps line breaks, cleanLine() does not", () => {
    expect([cleanText("a\nb\u0000c", 9), cleanLine("a\r\nb\u0000c", 9)]).toEqual(["a\nb c", "a b c"]);
  });
});
