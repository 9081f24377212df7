import type { IssueCommand, IssueList, IssueRow, IssueState } from "@gatewatch/protocol";
import type { IssueTab } from "./api-paths.ts";

/** The state that a command leads to. */
export function nextState(command: IssueCommand): IssueState {
  switch (command.action) {
    case "resolve":
      return "resolved";
    case "ignore":
      return "ignored";
    case "reopen":
      return "ongoing";
  }
}

/** The server calls an issue new for this long after it was first seen. */
const NEW_FOR_MS = 86_400_000;

/** The command that brings an issue back to where it was. */
export function undoCommand(before: IssueState): IssueCommand {
  if (before === "resolved") return { action: "resolve" };
  if (before === "ignored") return { action: "ignore" };
  return { action: "reopen" };
}

/** What an undo has led to: a regression is history, and an issue that was closed for long is no longer new. */
export function describeUndo(before: readonly Pick<IssueRow, "state" | "firstSeen">[], now: number): string {
  const isKept = before.every(
    ({ state, firstSeen }) =>
      state !== "regressed" &&
      (state !== "ongoing" || now - firstSeen >= NEW_FOR_MS) &&
      (state !== "new" || now - firstSeen < NEW_FOR_MS),
  );
  return isKept
    ? "Undone"
    : before.length === 1
      ? "Undone; the issue is open again"
      : "Undone; the issues are open again";
}

/** What was done, in the words of a toast. */
export function describeCommand(command: IssueCommand, count: number): string {
  const what = count === 1 ? "Issue" : `${count} issues`;
  switch (command.action) {
    case "resolve":
      return command.inNextRelease ? `${what} resolved with the next release` : `${what} resolved`;
    case "ignore":
      if (command.untilCount) return `${what} ignored until ${command.untilCount} more events`;
      return command.until ? `${what} ignored for a while` : `${what} ignored`;
    case "reopen":
      return `${what} reopened`;
  }
}

/** Whether a state belongs under a tab. */
export function isUnderTab(state: IssueState, tab: IssueTab): boolean {
  if (tab === "all") return true;
  if (tab === "unresolved") return state === "new" || state === "ongoing" || state === "regressed";
  return state === tab;
}

/** The list as it will be once those issues are in the new state: rows that leave the tab are gone, counts follow. */
export function applyTriage(list: IssueList, tab: IssueTab, ids: ReadonlySet<number>, state: IssueState): IssueList {
  const counts = { ...list.counts };
  const issues: IssueRow[] = [];
  for (const issue of list.issues) {
    if (!ids.has(issue.id) || issue.state === state) {
      issues.push(issue);
      continue;
    }
    moveCount(counts, issue.state, -1);
    moveCount(counts, state, 1);
    if (isUnderTab(state, tab)) issues.push({ ...issue, state });
  }
  return { ...list, issues, counts };
}

/** The list with one row's new figures, in its old place: what one reads does not jump. */
export function applyRow(list: IssueList, row: IssueRow): IssueList {
  return list.issues.some((issue) => issue.id === row.id)
    ? { ...list, issues: list.issues.map((issue) => (issue.id === row.id ? row : issue)) }
    : list;
}

function moveCount(counts: IssueList["counts"], state: IssueState, by: number): void {
  if (isUnderTab(state, "unresolved")) counts.unresolved = Math.max(0, counts.unresolved + by);
  if (state !== "ongoing") counts[state] = Math.max(0, counts[state] + by);
}
