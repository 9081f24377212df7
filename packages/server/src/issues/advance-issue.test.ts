import { describe, expect, it } from "vitest";
import type { IssueRecord } from "../model/issue.ts";
import { advanceIssue, NEW_FOR_MS, type Occurrence } from "./advance-issue.ts";
import { compareReleases } from "./compare-releases.ts";

const T = 1_763_600_000_000;
const ISSUE: IssueRecord = {
  id: 1,
  projectId: 1,
  title: "E: m",
  culprit: "a.ts:1",
  level: "error",
  state: "ongoing",
  severity: "medium",
  firstSeen: T,
  lastSeen: T,
  events: 5,
  users: null,
  firstRelease: "1.0.0",
  lastRelease: "1.2.0",
  releases: ["1.0.0", "1.2.0"],
  routes: [],
  resolvedAt: null,
  resolvedInRelease: null,
  resolveInNextRelease: false,
  ignoreUntil: null,
  ignoreUntilCount: null,
  version: 3,
};
const EVENT: Occurrence = {
  time: T + 60_000,
  receivedAt: T + 60_000,
  count: 1,
  release: "1.2.0",
  route: null,
  level: "error",
};
const RESOLVED = { state: "resolved", resolvedAt: T + 1000 } as const;
const NEXT = { ...RESOLVED, resolveInNextRelease: true, resolvedInRelease: "1.2.0" } as const;

describe("advanceIssue()", () => {
  it.each<[string, Partial<IssueRecord>, Partial<Occurrence>, string, string]>([
    ["stays new within a day", { state: "new" }, {}, "new", "ongoing"],
    ["is ongoing after a day", { state: "new" }, { receivedAt: T + NEW_FOR_MS }, "ongoing", "ongoing"],
    ["stays regressed until somebody acts", { state: "regressed" }, {}, "regressed", "ongoing"],
    ["returns after a plain resolution", RESOLVED, {}, "regressed", "regressed"],
    ["is not returned by an event from before the resolution", RESOLVED, { time: T + 999 }, "resolved", "ongoing"],
    [
      "is returned by a newer release whose clock is behind",
      RESOLVED,
      { time: T + 999, release: "1.3.0" },
      "regressed",
      "regressed",
    ],
    ["stays resolved in the release that had it", NEXT, { release: "1.2.0" }, "resolved", "ongoing"],
    ["stays resolved in an older release", NEXT, { release: "1.1.9" }, "resolved", "ongoing"],
    ["stays resolved in a prerelease of it", NEXT, { release: "1.2.0-rc.1" }, "resolved", "ongoing"],
    ["returns in a newer release", NEXT, { release: "v1.10.0" }, "regressed", "regressed"],
    ["returns in a release of unknown order", NEXT, { release: "3f2a1b9" }, "regressed", "regressed"],
    ["returns without a release", NEXT, { release: null }, "regressed", "regressed"],
    [
      "stays resolved in an earlier commit",
      { ...NEXT, resolvedInRelease: "bbb", releases: ["aaa", "bbb"] },
      { release: "aaa" },
      "resolved",
      "ongoing",
    ],
    ["sleeps when ignored for good", { state: "ignored" }, {}, "ignored", "ongoing"],
    ["sleeps until the count", { state: "ignored", ignoreUntilCount: 8 }, { count: 2 }, "ignored", "ongoing"],
    ["wakes at the count", { state: "ignored", ignoreUntilCount: 8 }, { count: 3 }, "ongoing", "woken"],
    ["sleeps until the time", { state: "ignored", ignoreUntil: T + 60_001 }, {}, "ignored", "ongoing"],
    ["wakes at the time", { state: "ignored", ignoreUntil: T + 60_000 }, {}, "ongoing", "woken"],
  ])("%s", (_name, issue, event, state, outcome) => {
    const result = advanceIssue({ ...ISSUE, ...issue }, { ...EVENT, ...event });
    expect([result.issue.state, result.outcome]).toEqual([state, outcome]);
  });

  it("forgets the decision when an issue returns", () => {
    const { issue } = advanceIssue({ ...ISSUE, ...NEXT }, { ...EVENT, release: "2.0.0" });
    expect(issue).toMatchObject({ resolvedAt: null, resolvedInRelease: null, resolveInNextRelease: false });
  });

  it("counts, keeps the gravest level, and lists at most twenty releases, newest last", () => {
    const releases = Array.from({ length: 20 }, (_, index) => `1.${index}.0`);
    const { issue } = advanceIssue({ ...ISSUE, releases }, { ...EVENT, count: 4, level: "fatal", release: "2.0.0" });
    expect(issue).toMatchObject({ events: 9, level: "fatal", lastRelease: "2.0.0", firstRelease: "1.0.0" });
    expect([issue.releases.length, issue.releases[0], issue.releases.at(-1)]).toEqual([20, "1.1.0", "2.0.0"]);
  });
});

describe("compareReleases()", () => {
  it("orders versions by Semantic Versioning", () => {
    const order = [
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-alpha.beta",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0",
      "v1.2",
      "app@1.10.0",
    ];
    for (let index = 1; index < order.length; index++)
      expect(compareReleases(order[index - 1]!, order[index]!, [])).toBeLessThan(0);
  });
});
