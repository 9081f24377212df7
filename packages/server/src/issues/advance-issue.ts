import type { IssueOutcome, IssueRecord } from "../model/issue.ts";
import { compareReleases } from "./compare-releases.ts";

/** An issue is called new for this long after it was first seen. */
export const NEW_FOR_MS = 86_400_000;
const MAX_LISTED = 20;

export interface Occurrence {
  time: number;
  receivedAt: number;
  /** How many occurrences the event stands for. */
  count: number;
  release: string | null;
  route: string | null;
  level: IssueRecord["level"];
}

const LEVELS = ["warning", "error", "fatal"] as const;

/** What one more event does to an issue: counts, times and lists, then its state. Pure; users are added elsewhere. */
export function advanceIssue(issue: IssueRecord, event: Occurrence): { issue: IssueRecord; outcome: IssueOutcome } {
  const counted: IssueRecord = {
    ...issue,
    events: issue.events + event.count,
    firstSeen: Math.min(issue.firstSeen, event.time),
    lastSeen: Math.max(issue.lastSeen, event.time),
    level: LEVELS.indexOf(event.level) > LEVELS.indexOf(issue.level) ? event.level : issue.level,
    firstRelease: issue.firstRelease ?? event.release,
    lastRelease: event.time >= issue.lastSeen ? (event.release ?? issue.lastRelease) : issue.lastRelease,
    releases: addListed(issue.releases, event.release),
    routes: addListed(issue.routes, event.route),
  };
  return advanceState(issue, counted, event);
}

function advanceState(before: IssueRecord, counted: IssueRecord, event: Occurrence): ReturnType<typeof advanceIssue> {
  switch (before.state) {
    case "new":
      return event.receivedAt - before.firstSeen >= NEW_FOR_MS
        ? { issue: { ...counted, state: "ongoing" }, outcome: "ongoing" }
        : { issue: counted, outcome: "ongoing" };
    case "ongoing":
    case "regressed":
      return { issue: counted, outcome: "ongoing" };
    case "resolved":
      return doesReturn(before, event)
        ? { issue: { ...counted, ...CLEARED, state: "regressed" }, outcome: "regressed" }
        : { issue: counted, outcome: "ongoing" };
    case "ignored":
      return doesWake(counted, event)
        ? { issue: { ...counted, ...CLEARED, state: "ongoing" }, outcome: "woken" }
        : { issue: counted, outcome: "ongoing" };
    default:
      return before.state satisfies never;
  }
}

/** The marks of a decision that no longer holds. */
export const CLEARED = {
  resolvedAt: null,
  resolvedInRelease: null,
  resolveInNextRelease: false,
  ignoreUntil: null,
  ignoreUntilCount: null,
} as const satisfies Partial<IssueRecord>;

function doesReturn(issue: IssueRecord, event: Occurrence): boolean {
  const { resolvedInRelease, resolveInNextRelease, lastRelease, releases } = issue;
  // It happened before somebody resolved it and only arrived late; a newer release tells that the client's clock is behind.
  if (issue.resolvedAt !== null && event.time < issue.resolvedAt) return isNewer(event.release, lastRelease, releases);
  if (!resolveInNextRelease || resolvedInRelease === null || event.release === null) return true;
  const order = compareReleases(event.release, resolvedInRelease, releases);
  return order === undefined || order > 0;
}

function isNewer(release: string | null, than: string | null, firstSeenOrder: string[]): boolean {
  return release !== null && than !== null && (compareReleases(release, than, firstSeenOrder) ?? 0) > 0;
}

function doesWake(counted: IssueRecord, event: Occurrence): boolean {
  if (counted.ignoreUntil !== null && event.receivedAt >= counted.ignoreUntil) return true;
  return counted.ignoreUntilCount !== null && counted.events >= counted.ignoreUntilCount;
}

function addListed(list: string[], value: string | null): string[] {
  if (value === null || list.includes(value)) return list;
  return [...list, value].slice(-MAX_LISTED);
}
