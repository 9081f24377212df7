import type { IssueRow } from "@gatewatch/protocol";
import { HyperLogLog } from "../../model/hyperloglog.ts";
import type { IssueRecord } from "../../model/issue.ts";
import type { IssueListRow, IssueStore } from "../../model/store.ts";

export const TREND_HOURS = 24;

/** Issues as lists show them, with their trends: two questions, however many issues. */
export async function toIssueRows(
  issues: Pick<IssueStore, "trends" | "listAnalysed">,
  records: readonly IssueRecord[],
  now: number,
): Promise<IssueRow[]> {
  const first = records[0];
  if (!first) return [];
  const ids = records.map((record) => record.id);
  const [trends, analysed] = await Promise.all([
    issues.trends(first.projectId, ids, now, TREND_HOURS),
    issues.listAnalysed(first.projectId, ids),
  ]);
  const known = new Set(analysed);
  return records.map((issue) =>
    toIssueRow({
      issue,
      users: countUsers(issue),
      trend: trends.get(issue.id) ?? Array.from({ length: TREND_HOURS }, () => 0),
      analysed: known.has(issue.id),
    }),
  );
}

/** Estimate of the distinct users of an issue. */
export function countUsers({ users }: Pick<IssueRecord, "users">): number {
  return users === null ? 0 : HyperLogLog.parse(users).estimate();
}

export function toIssueRow({ issue, users, trend, analysed }: IssueListRow): IssueRow {
  return {
    id: issue.id,
    projectId: issue.projectId,
    title: issue.title,
    culprit: issue.culprit,
    level: issue.level,
    state: issue.state,
    severity: issue.severity,
    firstSeen: issue.firstSeen,
    lastSeen: issue.lastSeen,
    events: issue.events,
    users,
    firstRelease: issue.firstRelease,
    lastRelease: issue.lastRelease,
    routes: issue.routes,
    trend,
    analysed,
  };
}
