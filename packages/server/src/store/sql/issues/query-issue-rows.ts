import { HyperLogLog } from "../../../model/hyperloglog.ts";
import type { IssueListRow, IssueQuery } from "../../../model/store.ts";
import type { Database, SqlDialect } from "../dialect.ts";
import { listAnalysed } from "./analyses.ts";
import { queryIssues } from "./query-issues.ts";
import { readTrends } from "./read-trends.ts";

/** A page of issues with what lists show beside each: for a reader in another thread one question instead of three. */
export async function queryIssueRows(
  db: Database,
  dialect: SqlDialect,
  query: IssueQuery,
  now: number,
  hours: number,
): Promise<{ rows: IssueListRow[]; nextCursor: string | null }> {
  const { projectId } = query;
  const { issues, nextCursor } = await queryIssues(db, dialect, query);
  const issueIds = issues.map((issue) => issue.id);
  const trends = await readTrends(db, dialect, { projectId, issueIds, now, hours });
  const analysed = new Set(await listAnalysed(db, dialect, projectId, issueIds));
  const rows = issues.map(({ users, ...issue }) => ({
    issue,
    users: users === null ? 0 : HyperLogLog.parse(users).estimate(),
    trend: trends.get(issue.id) ?? Array.from({ length: hours }, () => 0),
    analysed: analysed.has(issue.id),
  }));
  return { rows, nextCursor };
}
