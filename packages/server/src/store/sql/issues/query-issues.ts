import { ISSUE_STATES, type IssueState } from "@gatewatch/protocol";
import { type Expression, type SqlBool, sql } from "kysely";
import type { IssueRecord } from "../../../model/issue.ts";
import type { IssueQuery } from "../../../model/store.ts";
import { parseCursor, toCursor } from "../cursor.ts";
import type { Database, SqlDialect } from "../dialect.ts";
import { toIssue } from "./issue-row.ts";

const SORT_COLUMNS = { lastSeen: "lastSeen", firstSeen: "firstSeen", events: "events", users: "userCount" } as const;
const MAX_TEXT_LENGTH = 200;

type IssueFilter = Pick<IssueQuery, "text" | "route" | "release" | "level">;

/** One page of a project's issues, greatest first; equal values are told apart by id, so no page repeats or skips a row. */
export async function queryIssues(
  db: Database,
  dialect: SqlDialect,
  query: IssueQuery,
): Promise<{ issues: IssueRecord[]; nextCursor: string | null }> {
  const column = SORT_COLUMNS[query.sort];
  let select = db
    .selectFrom("issue")
    .selectAll()
    .where("projectId", "=", query.projectId)
    .where((eb) => eb.and(filterIssues(dialect, query)))
    .orderBy(column, "desc")
    .orderBy("id", "desc")
    .limit(query.limit + 1);
  if (query.states !== undefined) select = select.where(dialect.isOneOf(sql.ref("state"), query.states));
  const after = parseCursor(query.cursor);
  if (after)
    select = select.where((eb) =>
      eb.or([eb(column, "<", after.value), eb.and([eb(column, "=", after.value), eb("id", "<", Number(after.id))])]),
    );
  const rows = await select.execute();
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    issues: page.map(toIssue),
    nextCursor: rows.length > query.limit && last ? toCursor(last[column], String(last.id)) : null,
  };
}

/** How many issues of a project each state has under a filter. */
export async function countByState(
  db: Database,
  dialect: SqlDialect,
  projectId: number,
  filter: IssueFilter,
): Promise<Record<IssueState, number>> {
  const rows = await db
    .selectFrom("issue")
    .select((eb) => ["state", eb.fn.countAll<number>().as("count")])
    .where("projectId", "=", projectId)
    .where((eb) => eb.and(filterIssues(dialect, filter)))
    .groupBy("state")
    .execute();
  const counts = Object.fromEntries(ISSUE_STATES.map((state) => [state, 0])) as Record<IssueState, number>;
  for (const row of rows) counts[row.state as IssueState] = Number(row.count);
  return counts;
}

function filterIssues(dialect: SqlDialect, filter: IssueFilter): Expression<SqlBool>[] {
  const conditions: Expression<SqlBool>[] = [];
  const text = filter.text?.trim().toLowerCase().slice(0, MAX_TEXT_LENGTH);
  if (text) conditions.push(dialect.contains(sql.ref<string>("searchText"), text));
  // The lists are JSON arrays of text: an item stands there with its quotes, and a quote inside an item is escaped.
  if (filter.route !== undefined)
    conditions.push(dialect.contains(sql.ref<string>("routes"), routeNeedle(filter.route)));
  if (filter.release !== undefined)
    conditions.push(dialect.contains(sql.ref<string>("releases"), JSON.stringify(filter.release)));
  if (filter.level !== undefined) conditions.push(sql<SqlBool>`${sql.ref("level")} = ${filter.level}`);
  return conditions;
}

/** A route without its method is found under every method: the end of an item, from the space before the path on. */
function routeNeedle(route: string): string {
  return route.includes(" ") ? JSON.stringify(route) : JSON.stringify(` ${route}`).slice(1);
}
