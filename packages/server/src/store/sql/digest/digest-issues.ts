import type { Insertable } from "kysely";
import type { IssueEventRecord, IssueRecord } from "../../../model/issue.ts";
import type { WriteTransaction } from "../dialect.ts";
import { toIssue, toIssueValues } from "../issues/issue-row.ts";
import { SAMPLES_PER_ISSUE, thinSamples } from "../issues/pin-events.ts";
import type { Tables } from "../tables.ts";
import { slices } from "./slices.ts";

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
export async function updateIssues(tx: WriteTransaction, issues: IssueRecord[]): Promise<void> {
  const newest = new Map(issues.map((issue) => [issue.id, issue]));
  const rows = [...newest.values()].map(toRow);
  for (const part of slices(rows)) {
    await tx
      .insertInto("issue")
      .values(part)
      .onConflict((conflict) =>
        conflict.column("id").doUpdateSet((eb) => ({
          title: eb.ref("excluded.title"),
          culprit: eb.ref("excluded.culprit"),
          level: eb.ref("excluded.level"),
          state: eb.ref("excluded.state"),
          severity: eb.ref("excluded.severity"),
          firstSeen: eb.ref("excluded.firstSeen"),
          lastSeen: eb.ref("excluded.lastSeen"),
          events: eb.ref("excluded.events"),
          users: eb.ref("excluded.users"),
          userCount: eb.ref("excluded.userCount"),
          firstRelease: eb.ref("excluded.firstRelease"),
          lastRelease: eb.ref("excluded.lastRelease"),
          releases: eb.ref("excluded.releases"),
          routes: eb.ref("excluded.routes"),
          resolvedAt: eb.ref("excluded.resolvedAt"),
          resolvedInRelease: eb.ref("excluded.resolvedInRelease"),
          resolveInNextRelease: eb.ref("excluded.resolveInNextRelease"),
          ignoreUntil: eb.ref("excluded.ignoreUntil"),
          ignoreUntilCount: eb.ref("excluded.ignoreUntilCount"),
          version: eb.ref("excluded.version"),
          searchText: eb.ref("excluded.searchText"),
        })),
      )
      .execute();
  }
}

/** Stores whole events and keeps their pins true; an event whose id is there already is left as it was. */
export async function addIssueEvents(
  tx: WriteTransaction,
  events: IssueEventRecord[],
  bound: number = SAMPLES_PER_ISSUE,
): Promise<void> {
  const pinned = keepOneLatest(events);
  const added = new Set<string>();
  for (const part of slices(pinned, 25)) {
    const rows = await tx
      .insertInto("issueEvent")
      .values(part)
      .onConflict((conflict) => conflict.columns(["projectId", "id"]).doNothing())
      .returning(["projectId", "id"])
      .execute();
    for (const row of rows) added.add(`${row.projectId}:${row.id}`);
  }
  const touched = new Set<number>();
  for (const event of pinned) {
    if (!added.has(`${event.projectId}:${event.id}`)) continue;
    touched.add(event.issueId);
    if (event.pin !== "latest") continue;
    await tx
      .updateTable("issueEvent")
      .set({ pin: "sample" })
      .where("issueId", "=", event.issueId)
      .where("pin", "=", "latest")
      .where("id", "<>", event.id)
      .execute();
  }
  for (const issueId of touched) {
    const { count } = await tx
      .selectFrom("issueEvent")
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .where("issueId", "=", issueId)
      .where("pin", "=", "sample")
      .executeTakeFirstOrThrow();
    if (Number(count) > bound) await thinSamples(tx, issueId, bound);
  }
}

function toRow(issue: IssueRecord): Insertable<Tables["issue"]> {
  return { ...toIssueValues(issue), id: issue.id, version: issue.version + 1 };
}

/** Of several `latest` of one issue in a unit only the last is one. */
function keepOneLatest(events: IssueEventRecord[]): IssueEventRecord[] {
  const latest = new Map<number, IssueEventRecord>();
  for (const event of events) if (event.pin === "latest") latest.set(event.issueId, event);
  return events.map((event) =>
    event.pin === "latest" && latest.get(event.issueId) !== event ? { ...event, pin: "sample" } : event,
  );
}
