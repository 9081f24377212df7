import type { IssueList, IssueRow, IssueState } from "@gatewatch/protocol";
import { expect, test } from "vitest";
import { applyRow, applyTriage, describeCommand, describeUndo, isUnderTab, undoCommand } from "./triage.ts";

function createIssue(id: number, state: IssueState): IssueRow {
  return {
    id,
    projectId: 1,
    title: "TypeError",
    culprit: "a.ts:1",
    level: "error",
    state,
    severity: "low",
    firstSeen: 0,
    lastSeen: 0,
    events: 1,
    users: 0,
    firstRelease: null,
    lastRelease: null,
    routes: [],
    trend: [],
    analysed: false,
  };
}

const list: IssueList = {
  issues: [createIssue(1, "new"), createIssue(2, "ongoing"), createIssue(3, "regressed")],
  nextCursor: null,
  counts: { unresolved: 3, new: 1, regressed: 1, resolved: 0, ignored: 0 },
};

test("a resolved issue leaves the unresolved tab and the counts follow", () => {
  const after = applyTriage(list, "unresolved", new Set([1, 3]), "resolved");
  expect(after.issues.map((issue) => issue.id)).toEqual([2]);
  expect(after.counts).toEqual({ unresolved: 1, new: 0, regressed: 0, resolved: 2, ignored: 0 });
});

test("under the tab of all issues it stays, in its new state", () => {
  const after = applyTriage(list, "all", new Set([2]), "ignored");
  expect(after.issues.map((issue) => issue.state)).toEqual(["new", "ignored", "regressed"]);
  expect(after.counts).toEqual({ unresolved: 2, new: 1, regressed: 1, resolved: 0, ignored: 1 });
});

test("new figures of a row do not move it, and a row that is not there is not added", () => {
  const after = applyRow(list, { ...createIssue(2, "ongoing"), events: 9 });
  expect(after.issues.map((issue) => [issue.id, issue.events])).toEqual([
    [1, 1],
    [2, 9],
    [3, 1],
  ]);
  expect(applyRow(list, createIssue(7, "new"))).toBe(list);
});

test("an issue already in that state changes nothing", () => {
  expect(applyTriage(list, "unresolved", new Set([2]), "ongoing")).toEqual(list);
});

test("undo leads back to what was", () => {
  expect([undoCommand("new"), undoCommand("resolved"), undoCommand("ignored")]).toEqual([
    { action: "reopen" },
    { action: "resolve" },
    { action: "ignore" },
  ]);
});

test("a toast says what was done and to how many", () => {
  expect(describeCommand({ action: "resolve", inNextRelease: true }, 1)).toBe("Issue resolved with the next release");
  expect(describeCommand({ action: "ignore", untilCount: 10 }, 3)).toBe("3 issues ignored until 10 more events");
});

test("only the unresolved tab gathers several states", () => {
  expect(isUnderTab("regressed", "unresolved")).toBe(true);
  expect(isUnderTab("ongoing", "new")).toBe(false);
});

test("an undo says when the state is not the very one from before", () => {
  const day = 86_400_000;
  expect(describeUndo([{ state: "new", firstSeen: 0 }], day - 1)).toBe("Undone");
  expect(describeUndo([{ state: "new", firstSeen: 0 }], day)).toBe("Undone; the issue is open again");
  expect(describeUndo([createIssue(1, "resolved"), createIssue(2, "regressed")], day)).toBe(
    "Undone; the issues are open again",
  );
  expect(describeUndo([createIssue(1, "ongoing")], day)).toBe("Undone");
});
