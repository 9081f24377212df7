import type { ErrorEvent } from "@gatewatch/protocol";
import { describe, expect, it } from "vitest";
import { weighReach, type Reach } from "../../model/weigh-reach.ts";
import type { IssueFacts } from "../issue-facts.ts";
import { analyseByRules } from "./analyse-by-rules.ts";
import { judgeSeverity } from "./assess-severity.ts";

const NOW = 1_763_600_000_000;
const FACTS: IssueFacts = {
  issueId: 7,
  title: "TypeError: x",
  events: 3,
  users: 2,
  firstRelease: "1.1.0",
  release: "1.1.0",
  releases: ["1.1.0"],
  routes: ["POST /checkout"],
  shares: [],
  spread: null,
  regressed: false,
};
const EVENT: ErrorEvent = {
  type: "error",
  time: NOW,
  id: "e1",
  level: "error",
  handled: true,
  mechanism: "next",
  exceptions: [
    {
      type: "Error",
      message: "failed",
      frames: [{ file: "src/routes/checkout.ts", line: 9, function: "checkout", inApp: true }],
    },
    {
      type: "TypeError",
      message: "Cannot read properties of undefined (reading 'name')",
      parent: 0,
      relation: "cause",
      frames: [
        {
          file: "src/lib/price.ts",
          line: 42,
          function: "total",
          inApp: true,
          context: { pre: [], line: "const n = order.customer.name;", post: [] },
        },
      ],
    },
  ],
  request: { method: "POST", url: "/checkout", route: "/checkout", headers: {}, query: {}, status: 500 },
};

describe("analyseByRules()", () => {
  it("names the culprit, the cause and the fix, and cites its evidence", () => {
    const analysis = analyseByRules(EVENT, FACTS, NOW);
    expect(analysis).toMatchObject({
      issueId: 7,
      provider: "rules",
      status: "complete",
      category: "system_error",
      severity: "medium",
      location: { file: "src/lib/price.ts", line: 42, function: "total" },
      rootCause: {
        text: expect.stringContaining("`order.customer` is undefined at price.ts:42"),
        evidence: ["E2", "F2"],
      },
      fix: { kind: "code", text: expect.stringContaining("`order.customer?.name`") },
    });
    const ids = new Set(analysis.evidence.map(({ id }) => id));
    const cited = [analysis.rootCause, analysis.fix, ...analysis.notes].flatMap(({ evidence }) => evidence);
    expect(cited.length).toBeGreaterThan(3);
    expect(cited.filter((id) => !ids.has(id))).toEqual([]);
  });

  it("tells what is special about the group", () => {
    const shares = [{ name: "browser", values: [{ value: "Safari", count: 20, share: 1 }] }];
    const texts = analyseByRules(EVENT, { ...FACTS, shares }, NOW).notes.map(({ text }) => text);
    expect(texts).toEqual([
      "Severity medium: usual for a null access.",
      "Only POST /checkout is affected so far.",
      "It appeared with release 1.1.0.",
      "100 % of its events have browser Safari.",
    ]);
  });

  it("says plainly when no rule knows the error", () => {
    const unknown = { ...EVENT, exceptions: [{ type: "MoonError", message: "full", frames: [] }] };
    expect(analyseByRules(unknown, FACTS, NOW)).toMatchObject({
      confidence: 0.4,
      location: null,
      rootCause: { evidence: ["E1"] },
    });
    expect(analyseByRules({ ...EVENT, exceptions: [] }, FACTS, NOW)).toMatchObject({ rootCause: { evidence: [] } });
  });

  it("sees that the app throws on purpose, and why", () => {
    const source = "if (line.quantity > 3) throw new OutOfStockError(line.product.name, line.quantity);";
    const frames = [{ file: "src/o.ts", line: 8, inApp: true, context: { pre: [], line: source, post: [] } }];
    const thrown = { ...EVENT, exceptions: [{ type: "OutOfStockError", message: "Only 3 in stock", frames }] };
    expect(analyseByRules(thrown, FACTS, NOW).rootCause.text).toBe(
      "The app itself throws `OutOfStockError: Only 3 in stock` at o.ts:8, because `line.quantity > 3`.",
    );
  });

  it("rests on the same evidence whatever the counts and callers, and on another in another release", () => {
    const digest = (facts: Partial<IssueFacts>, event = EVENT) =>
      analyseByRules(event, { ...FACTS, ...facts }, NOW).evidenceDigest;
    expect(digest({ events: 9999, users: 50 })).toBe(digest({}));
    expect(digest({ release: "1.2.0" })).not.toBe(digest({}));
    expect(digest({}, { ...EVENT, exceptions: EVENT.exceptions.slice(0, 1) })).not.toBe(digest({}));
  });
});

describe("judgeSeverity() and weighReach()", () => {
  const exception = (type: string, message: string, code?: string) => ({
    ...EVENT,
    exceptions: [{ type, message, frames: [], ...(code === undefined ? {} : { code }) }],
  });
  const few: Reach = { users: 1 };
  const recently = (users: number, activeUsers: number | null): Reach => ({ users, recent: { users, activeUsers } });

  it.each<[string, ErrorEvent, Reach, string]>([
    ["what is fatal to the process is critical", { ...EVENT, level: "fatal" }, few, "critical"],
    [
      "so is an exception that nobody caught",
      { ...EVENT, mechanism: "uncaughtException", handled: false },
      few,
      "critical",
    ],
    ["so is lost data", exception("Error", "ENOSPC: no space left", "ENOSPC"), few, "critical"],
    ["so is a breach", exception("E", "credentials leaked to log"), few, "critical"],
    ["so is an error that a hundred users meet", EVENT, { users: 100 }, "critical"],
    ["ten users make it high", EVENT, { users: 10 }, "high"],
    ["so is one that a fifth of the active users meet", EVENT, recently(20, 100), "critical"],
    ["less than a fifth is not wide", EVENT, recently(20, 101), "high"],
    ["nor is a fifth of very few", EVENT, recently(19, 19), "high"],
    ["nor a share of an unknown number", EVENT, recently(99, null), "high"],
    ["many events of one user do not", EVENT, { users: 1 }, "medium"],
    ["a client's mistake stays low, however many make it", exception("ZodError", "bad"), recently(500, 500), "low"],
    [
      "alarming words alone are not critical",
      exception("Error", "CRITICAL FATAL database corruption!!!"),
      few,
      "medium",
    ],
  ])("%s", (_name, event, reach, severity) => {
    expect(weighReach(judgeSeverity(event), reach).severity).toBe(severity);
  });
});
