import { describe, expect, it } from "vitest";
import type { AlertFacts } from "./alert-facts.ts";
import { renderSlackMessage, SLACK_LIMITS } from "./render-slack-message.ts";

const AT = Date.UTC(2026, 10, 20, 11, 39, 37);
const ALERT: AlertFacts = {
  projectName: "shop",
  rule: { name: "New issue", kind: "newIssue" },
  at: AT,
  issue: {
    title: "TypeError: order.customer is undefined",
    culprit: "src/lib/price.ts:42 in total",
    severity: "high",
    events: 3,
    users: 1,
    firstSeen: AT,
    release: "1.2.0",
    environment: "production",
  },
  count: null,
  request: {
    status: 500,
    path: "/checkout",
    method: "POST",
    client: "203.0.113.9",
    userAgent: "curl/8",
    userId: null,
    username: "",
  },
  cause: "`customer` is never set for guests",
  link: "https://gatewatch.example/issues/7",
};

function withRequest(patch: Partial<NonNullable<AlertFacts["request"]>>): AlertFacts {
  return { ...ALERT, request: { ...ALERT.request!, ...patch } };
}

describe("renderSlackMessage()", () => {
  it.each([
    [404, "⚠️ 404 Error: /checkout not found"],
    [403, "⚠️ 403 Error: Forbidden access to /checkout"],
    [500, "⚠️ 500 Error: Server error at /checkout"],
    [400, "⚠️ 400 Error: Bad request at /checkout"],
    [502, "⚠️ 502 Error at /checkout"],
    [null, "⚠️ New issue: TypeError: order.customer is undefined"],
  ])("says for status %s: %s", (status, text) => {
    expect(renderSlackMessage(withRequest({ status })).text).toBe(text);
  });

  it("lists the facts of the request in a red attachment, in order", () => {
    const [attachment] = renderSlackMessage(ALERT).attachments;
    expect(attachment!.color).toBe("#ff0000");
    expect(attachment!.fields.map(({ title, value, short }) => [title, value, short])).toEqual([
      ["Status Code", "500", true],
      ["Path", "/checkout", true],
      ["Client IP", "203.0.113.9", true],
      ["Method", "POST", true],
      ["User-Agent", "curl/8", false],
      ["User ID", "Anonymous", true],
      ["Username", "Anonymous", true],
      ["Timestamp", "2026-11-20 11:39:37 UTC", false],
    ]);
  });

  it("shows title, culprit, cause and a button", () => {
    const text = JSON.stringify(renderSlackMessage(ALERT).blocks);
    for (const part of [
      "order.customer is undefined",
      "src/lib/price.ts:42 in total",
      "never set for guests",
      "/issues/7",
    ])
      expect(text).toContain(part);
  });

  it("tells how many alerts were held back", () => {
    expect(JSON.stringify(renderSlackMessage({ ...ALERT, suppressed: 41 }))).toContain("+41 more");
  });

  it("counts errors of a route", () => {
    const count = { key: "GET /cart", events: 12, windowMs: 300_000 };
    const message = renderSlackMessage({
      ...ALERT,
      rule: { name: "r", kind: "errorCount" },
      issue: null,
      request: null,
      count,
    });
    expect(message.text).toBe("⚠️ Many errors on one route: 12 errors for GET /cart in 300 s");
  });

  it("says what is unusual, since when and how rare that is", () => {
    const anomaly = {
      subject: "p95 of GET /cart",
      why: "p95 is 900 ms; 80 to 120 ms is usual now.",
      pValue: 1.234e-7,
      startedAt: AT,
    };
    const rule = { name: "Something unusual", kind: "anomaly" } as const;
    const message = renderSlackMessage({ ...ALERT, rule, issue: null, request: null, cause: null, anomaly });
    expect(message.text).toBe("⚠️ Something unusual: p95 of GET /cart: p95 is 900 ms; 80 to 120 ms is usual now.");
    expect(JSON.stringify(message.blocks)).toContain("since 2026-11-20 11:39:37 UTC · p 1.2e-7");
  });

  it.each(["<!channel> <https://evil.example|x> & <@U1>", "*bold* ```` `code` _it_ ~s~", "\u202E\u200B\u0000hidden"])(
    "lets no stranger mention, link or hide by %j",
    (hostile) => {
      const message = renderSlackMessage({
        ...ALERT,
        projectName: hostile,
        rule: { name: hostile, kind: "newIssue" },
        issue: {
          ...ALERT.issue!,
          title: hostile,
          culprit: hostile,
          severity: hostile,
          release: hostile,
          environment: hostile,
        },
        request: {
          status: 404,
          path: hostile,
          method: hostile,
          client: hostile,
          userAgent: hostile,
          userId: hostile,
          username: hostile,
        },
        cause: hostile,
        anomaly: { subject: hostile, why: hostile, pValue: 1e-9, startedAt: AT },
        link: "javascript:alert(1)",
      });
      const json = JSON.stringify({ ...message, blocks: message.blocks.filter((block) => block.type !== "header") });
      expect(json).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)|[\u202E\u200B]|javascript:/);
      // Plain text is shown as it is: Slack reads no markup there.
      expect(message.blocks[0]).toMatchObject({ type: "header", text: { type: "plain_text" } });
    },
  );

  it.each(["<".repeat(100_000), "𝒳".repeat(100_000), "a\n".repeat(50_000)])(
    "keeps Slack's limits for long texts",
    (long) => {
      const message = renderSlackMessage({
        ...ALERT,
        projectName: long,
        rule: { name: long, kind: "newIssue" },
        issue: { ...ALERT.issue!, title: long, culprit: long, severity: long, release: long, environment: long },
        request: { status: 500, path: long, method: long, client: long, userAgent: long, userId: long, username: long },
        cause: long,
        anomaly: { subject: long, why: long, pValue: 1e-9, startedAt: AT },
        link: `https://gatewatch.example/${long}`,
      });
      expect(message.blocks.length).toBeLessThanOrEqual(SLACK_LIMITS.maxBlocks);
      const sections = message.blocks.filter((block) => block.type === "section");
      expect(sections).toHaveLength(3);
      for (const { text } of sections) expect(text!.text.length).toBeLessThanOrEqual(SLACK_LIMITS.maxSectionCharacters);
      const header = message.blocks[0] as { text: { text: string } };
      expect(header.text.text.length).toBeLessThanOrEqual(SLACK_LIMITS.maxHeaderCharacters);
      expect(JSON.stringify(message.blocks).length).toBeLessThanOrEqual(SLACK_LIMITS.maxTotalCharacters);
    },
  );
});
