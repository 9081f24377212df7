import type { Selectable } from "kysely";
import type { IssueEventRecord, IssueRecord } from "../../../model/issue.ts";
import { cleanText } from "../clean-text.ts";
import type { SqlDialect, WriteTransaction } from "../dialect.ts";
import { toIssue, toIssueValues } from "../issues/issue-row.ts";
import { SAMPLES_PER_ISSUE, thinSamples } from "../issues/pin-events.ts";
import { defineBulkInsert, defineStatement, overwrite } from "../statement.ts";
import type { Tables } from "../tables.ts";

type IssueRow = Selectable<Tables["issue"]>;

const CHANGING_COLUMNS = [
  "title",
  "culprit",
  "level",
  "state",
  "severity",
  "firstSeen",
  "lastSeen",
  "events",
  "users",
  "userCount",
  "firstRelease",
  "lastRelease",
  "releases",
  "routes",
  "resolvedAt",
  "resolvedInRelease",
  "resolveInNextRelease",
  "ignoreUntil",
  "ignoreUntilCount",
  "version",
  "searchText",
] as const satisfies (keyof IssueRow)[];

// Ordered, so that two transactions take row locks in one order.
const readIssues = defineStatement<IssueRow>(
  ({ next, isOneOf, rowLock }) =>
    `select * from issue where project_id = ${next()} and ${isOneOf("id")} order by id ${rowLock}`,
);
const writeIssues = defineBulkInsert<IssueRow>(
  "issue",
  ["id", "projectId", ...CHANGING_COLUMNS],
  `on conflict (id) do update set ${overwrite(CHANGING_COLUMNS)}`,
);
const writeEvents = defineBulkInsert<IssueEventRecord, { projectId: number; id: string }>(
  "issue_event",
  [
    "projectId",
    "id",
    "issueId",
    "hashId",
    "time",
    "receivedAt",
    "pin",
    "release",
    "environment",
    "host",
    "message",
    "body",
  ],
  "on conflict (project_id, id) do nothing returning project_id, id",
);
const demoteLatest = defineStatement(
  ({ isOneOf }) =>
    `update issue_event set pin = 'sample' where pin = 'latest' and ${isOneOf("issue_id")} and not (${isOneOf("id")})`,
);
const countSamples = defineStatement<{ issueId: number; count: number }>(
  ({ isOneOf }) =>
    `select issue_id, count(*) as count from issue_event where pin = 'sample' and ${isOneOf("issue_id")} group by issue_id`,
);

/** Issues of one project, locked until the unit ends. */
export async function getIssues(
  tx: WriteTransaction,
  dialect: SqlDialect,
  projectId: number,
  ids: number[],
): Promise<IssueRecord[]> {
  return ids.length === 0 ? [] : (await readIssues(tx, dialect, projectId, ids)).map(toIssue);
}

export async function insertIssue(
  tx: WriteTransaction,
  issue: Omit<IssueRecord, "id" | "version">,
): Promise<IssueRecord> {
  const row = await tx
    .insertInto("issue")
    .values({ ...toIssueValues(issue), version: 1 })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toIssue(row);
}

/** Writes whole issues back; each gets the version after the one that was read. */
export async function updateIssues(tx: WriteTransaction, dialect: SqlDialect, issues: IssueRecord[]): Promise<void> {
  const newest = new Map(issues.map((issue) => [issue.id, issue]));
  await writeIssues(tx, dialect, [...newest.values()].map(toRow));
}

/** Stores whole events and keeps their pins true; an event whose id is there already is left as it was. */
export async function addIssueEvents(
  tx: WriteTransaction,
  dialect: SqlDialect,
  events: IssueEventRecord[],
  bound: number = SAMPLES_PER_ISSUE,
): Promise<void> {
  const pinned = keepOneLatest(events);
  const added = new Set((await writeEvents(tx, dialect, pinned)).map((row) => `${row.projectId}:${row.id}`));
  const stored = pinned.filter((event) => added.has(`${event.projectId}:${cleanText(event.id)}`));
  const latest = stored.filter((event) => event.pin === "latest");
  if (latest.length > 0)
    await demoteLatest(
      tx,
      dialect,
      issuesOf(latest),
      latest.map(({ id }) => id),
    );
  if (stored.length === 0) return;
  for (const { issueId, count } of await countSamples(tx, dialect, issuesOf(stored)))
    if (count > bound) await thinSamples(tx, issueId, bound);
}

/** Of several `latest` of one issue in a unit only the last is one. */
function keepOneLatest(events: IssueEventRecord[]): IssueEventRecord[] {
  const latest = new Map<number, IssueEventRecord>();
  for (const event of events) if (event.pin === "latest") latest.set(event.issueId, event);
  return events.map((event) =>
    event.pin === "latest" && latest.get(event.issueId) !== event ? { ...event, pin: "sample" } : event,
  );
}

function toRow(issue: IssueRecord): IssueRow {
  return { ...toIssueValues(issue), id: issue.id, version: issue.version + 1 };
}

function issuesOf(events: readonly IssueEventRecord[]): number[] {
  return [...new Set(events.map((event) => event.issueId))];
}
