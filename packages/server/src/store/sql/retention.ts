import { sql } from "kysely";
import { firstSpreadDay } from "../../model/spread.ts";
import type { RetentionPolicy } from "../../model/store.ts";
import { listProjects } from "./control/projects.ts";
import type { Database, SqlDialect } from "./dialect.ts";
import { slices } from "./digest/slices.ts";
import { thinSamples } from "./issues/pin-events.ts";

const DAY_MS = 86_400_000;
/** A session that tells of itself after so long is a new one. */
const SESSION_MS = 5 * DAY_MS;
/** Small transactions, so that the digest never waits long. */
const ISSUES_PER_TRANSACTION = 50;

/** Days (`YYYY-MM-DD`, UTC) before this one hold nothing younger than `maxAgeMs`. */
export function oldestKeptDay(now: number, maxAgeMs: number): string {
  return toDay(now - maxAgeMs);
}

export function toDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** Whole days since 1970, the partition of batch ids. */
export function toDayNumber(time: number): number {
  return Math.floor(time / DAY_MS);
}

/** Deletes what is older than the policy allows in the tables that both engines share; returns the number of rows. */
export async function deleteExpiredRows(
  db: Database,
  dialect: SqlDialect,
  policy: RetentionPolicy,
  now: number,
): Promise<number> {
  const counts = [
    await db
      .deleteFrom("issueHashHour")
      .where("hour", "<", now - policy.hourRouteMaxAgeMs)
      .executeTakeFirst(),
    await db.deleteFrom("issueHashDay").where("day", "<", firstSpreadDay(now)).executeTakeFirst(),
    await db.deleteFrom("trafficDay").where("day", "<", firstSpreadDay(now)).executeTakeFirst(),
    await db.deleteFrom("alertState").where("expiresAt", "<", now).executeTakeFirst(),
    await db.deleteFrom("session").where("expiresAt", "<", now).executeTakeFirst(),
    await db.deleteFrom("oneTimeLink").where("expiresAt", "<", now).executeTakeFirst(),
    await db.deleteFrom("budget").where("day", "<", oldestKeptDay(now, policy.dayMaxAgeMs)).executeTakeFirst(),
    await db
      .deleteFrom("audit")
      .where("at", "<", now - policy.dayMaxAgeMs)
      .executeTakeFirst(),
    await db
      .deleteFrom("anomaly")
      .where("startedAt", "<", now - policy.hourRouteMaxAgeMs)
      .where("endedAt", "is not", null)
      .executeTakeFirst(),
    await db
      .deleteFrom("anomalyHistory")
      .where("at", "<", now - policy.hourRouteMaxAgeMs)
      .executeTakeFirst(),
    await db
      .deleteFrom("streamTuning")
      .where("at", "<", now - policy.dayMaxAgeMs)
      .executeTakeFirst(),
    await db
      .deleteFrom("watchTally")
      .where("time", "<", now - policy.hourRouteMaxAgeMs)
      .executeTakeFirst(),
    await db
      .deleteFrom("clientSession")
      .where("startedAt", "<", now - SESSION_MS)
      .executeTakeFirst(),
    await db
      .deleteFrom("releaseHealth")
      .where("hour", "<", now - policy.hourRouteMaxAgeMs)
      .executeTakeFirst(),
    await db
      .deleteFrom("releaseUser")
      .where("day", "<", now - policy.hourRouteMaxAgeMs)
      .executeTakeFirst(),
    await db
      .deleteFrom("feedback")
      .where("at", "<", now - policy.hourRouteMaxAgeMs)
      .executeTakeFirst(),
    await db
      .deleteFrom("uploadChunk")
      .where("at", "<", now - DAY_MS)
      .executeTakeFirst(),
    await db
      .deleteFrom("artifact")
      .where("at", "<", now - policy.hourRouteMaxAgeMs)
      .executeTakeFirst(),
    await db
      .deleteFrom("outbox")
      .where("state", "<>", "waiting")
      .where("createdAt", "<", now - policy.rawMaxAgeMs)
      .executeTakeFirst(),
  ];
  const rows = counts.reduce((sum, result) => sum + Number(result.numDeletedRows), 0);
  const cells = await deleteOldCells(db, policy, now);
  return rows + cells + (await dropAgedSamples(db, dialect, now - policy.rawMaxAgeMs));
}

/** The key of a cell begins with its project: project by project nothing is read but what goes. */
async function deleteOldCells(db: Database, policy: RetentionPolicy, now: number): Promise<number> {
  const ages = {
    rollupMinute: policy.minuteMaxAgeMs,
    rollupMinuteRoute: policy.minuteRouteMaxAgeMs,
    rollupFiveMinute: policy.minuteMaxAgeMs,
    rollupFiveMinuteRoute: policy.minuteRouteMaxAgeMs,
    rollupHour: policy.hourRouteMaxAgeMs,
    rollupHourRoute: policy.hourRouteMaxAgeMs,
    rollupDay: policy.dayMaxAgeMs,
    rollupDayRoute: policy.dayMaxAgeMs,
  };
  let rows = 0;
  for (const { id } of await listProjects(db)) {
    for (const table of Object.keys(ages) as (keyof typeof ages)[]) {
      const result = await db
        .deleteFrom(table)
        .where("projectId", "=", id)
        .where("time", "<", now - ages[table])
        .executeTakeFirst();
      rows += Number(result.numDeletedRows);
    }
  }
  return rows;
}

/** Alone with the digest's lock: both change the events of an issue, in orders of their own. */
function dropAgedSamples(db: Database, dialect: SqlDialect, before: number): Promise<number> {
  return db.transaction().execute(async (tx) => {
    await dialect.lockDigest(tx);
    const result = await tx
      .deleteFrom("issueEvent")
      .where("pin", "=", "sample")
      .where("receivedAt", "<", before)
      .executeTakeFirst();
    return Number(result.numDeletedRows);
  });
}

/** Thins the samples of every issue that has more than `bound`; returns the number of events dropped. */
export async function thinAllSamples(db: Database, dialect: SqlDialect, bound: number): Promise<number> {
  const crowded = await db
    .selectFrom("issueEvent")
    .select("issueId")
    .where("pin", "=", "sample")
    .groupBy("issueId")
    .having(sql<boolean>`count(*) > ${bound}`)
    .execute();
  let dropped = 0;
  for (const part of slices(crowded, ISSUES_PER_TRANSACTION)) {
    dropped += await db.transaction().execute(async (tx) => {
      await dialect.lockDigest(tx);
      let count = 0;
      for (const { issueId } of part) count += await thinSamples(tx, issueId, bound);
      return count;
    });
  }
  return dropped;
}
