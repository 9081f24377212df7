import type { IssueRow } from "@gatewatch/protocol";
import { HyperLogLog } from "../../model/hyperloglog.ts";
import type { IssueRecord } from "../../model/issue.ts";
import type { IssueStore } from "../../model/store.ts";

const TREND_HOURS = 24;

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
  return records.map((record) => toIssueRow(record, trends.get(record.id), known.has(record.id)));
}

function toIssueRow(record: IssueRecord, trend: number[] | undefined, analysed: boolean): IssueRow {
  return {
    id: record.id,
    projectId: record.projectId,
    title: record.title,
    culprit: record.culprit,
    level: record.level,
    state: record.state,
    severity: record.severity,
    firstSeen: record.firstSeen,
    lastSeen: record.lastSeen,
    events: record.events,
    users: record.users === null ? 0 : HyperLogLog.parse(record.users).estimate(),
    firstRelease: record.firstRelease,
    lastRelease: record.lastRelease,
    routes: record.routes,
    trend: trend ?? Array.from({ length: TREND_HOURS }, () => 0),
    analysed,
  };
}
