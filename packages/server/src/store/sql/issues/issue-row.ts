import type { IssueState, Json, Severity } from "@gatewatch/protocol";
import type { Selectable } from "kysely";
import { HyperLogLog } from "../../../model/hyperloglog.ts";
import type { IssueEventRecord, IssueHashRecord, IssueRecord } from "../../../model/issue.ts";
import { parseJson } from "../stored-json.ts";
import type { Tables } from "../tables.ts";

/** Longest list of releases or routes kept with an issue. */
export const MAX_FACETS = 20;

export function toIssue(row: Selectable<Tables["issue"]>): IssueRecord {
  const { userCount: _userCount, searchText: _searchText, ...rest } = row;
  return {
    ...rest,
    level: row.level as IssueRecord["level"],
    state: row.state as IssueState,
    severity: row.severity as Severity,
    releases: parseJson<string[]>(row.releases),
    routes: parseJson<string[]>(row.routes),
    resolveInNextRelease: row.resolveInNextRelease === 1,
  };
}

/** Columns of an issue without its id and version. */
export function toIssueValues(
  issue: Omit<IssueRecord, "id" | "version">,
): Omit<Selectable<Tables["issue"]>, "id" | "version"> {
  return {
    projectId: issue.projectId,
    title: issue.title,
    culprit: issue.culprit,
    level: issue.level,
    state: issue.state,
    severity: issue.severity,
    firstSeen: issue.firstSeen,
    lastSeen: issue.lastSeen,
    events: issue.events,
    users: issue.users,
    userCount: countUsers(issue.users),
    firstRelease: issue.firstRelease,
    lastRelease: issue.lastRelease,
    releases: JSON.stringify(issue.releases.slice(-MAX_FACETS)),
    routes: JSON.stringify(issue.routes.slice(-MAX_FACETS)),
    resolvedAt: issue.resolvedAt,
    resolvedInRelease: issue.resolvedInRelease,
    resolveInNextRelease: issue.resolveInNextRelease ? 1 : 0,
    ignoreUntil: issue.ignoreUntil,
    ignoreUntilCount: issue.ignoreUntilCount,
    searchText: `${issue.title}\n${issue.culprit}`.toLowerCase(),
  };
}

export function toHash(row: Selectable<Tables["issueHash"]>): IssueHashRecord {
  const { releases: _releases, routes: _routes, severity: _severity, widens: _widens, ...rest } = row;
  return { ...rest, explanation: parseJson<Json>(row.explanation) };
}

export function toIssueEvent(row: Selectable<Tables["issueEvent"]>): IssueEventRecord {
  return { ...row, pin: row.pin as IssueEventRecord["pin"] };
}

/** Joins lists whose newest items are last: no item twice, the newest kept. */
export function mergeFacets(older: readonly string[], newer: readonly string[]): string[] {
  const all = new Set(older);
  for (const item of newer) {
    all.delete(item);
    all.add(item);
  }
  return [...all].slice(-MAX_FACETS);
}

function countUsers(users: Uint8Array | null): number {
  return users === null ? 0 : HyperLogLog.parse(users).estimate();
}
