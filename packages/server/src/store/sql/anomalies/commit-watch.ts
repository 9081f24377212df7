import type { AnomalyRow } from "@gatewatch/protocol";
import { type Insertable, sql } from "kysely";
import type { AnomalyRecord, Subject, WatchCommit } from "../../../model/anomaly.ts";
import type { Database, SqlDialect, WriteTransaction } from "../dialect.ts";
import { addOutboxRows } from "../outbox-store.ts";
import { defineBulkInsert, overwrite } from "../statement.ts";
import { parseJson } from "../stored-json.ts";
import type { Tables } from "../tables.ts";
import { parseAnomalyRow, toAnomalyValues } from "./anomaly-row.ts";
import { type StreamValues, toStreamValues } from "./stream-row.ts";
import { isAbout, toSubjectRow } from "./subject-key.ts";

const WATCHED_KEY = "watched-until";
const TURN_KEY = "watch-turn";
const SUBJECT = ["projectId", "kind", "stream", "measure"] as const;
const STATE = ["version", "position", "updatedAt", "snapshot"] as const;
const SETTINGS = ["profile", "autoTune", "adaptiveWindow", "level", "createdAt"] as const;
const COUNTS = ["lastSeenAt", "seen", "judged", "flagged"] as const;
const FEEDBACK = ["falsePositives", "confirmed", "dismissed"] as const;
const TALLY = ["judged", "flagged", "expected", "told", "requests", "limited", "refused"] as const;
const ON_SUBJECT = "on conflict (project_id, kind, stream, measure) do update set";

const writeStates = defineBulkInsert<Tables["detectorState"]>(
  "detector_state",
  [...SUBJECT, ...STATE],
  `${ON_SUBJECT} ${overwrite(STATE)}`,
);
const writeStreams = defineBulkInsert<StreamValues>(
  "watch_stream",
  [...SUBJECT, ...SETTINGS, ...COUNTS, ...FEEDBACK],
  `${ON_SUBJECT} ${overwrite(COUNTS)}`,
);
const writeDiscovery = defineBulkInsert<Insertable<Tables["discovery"]>>(
  "discovery",
  ["projectId", "state"],
  "on conflict (project_id) do update set state = excluded.state",
);
const addTallies = defineBulkInsert<Tables["watchTally"]>(
  "watch_tally",
  ["projectId", "time", ...TALLY],
  `on conflict (project_id, time) do update set ${TALLY.map(
    (column) => `${column} = watch_tally.${column} + excluded.${column}`,
  ).join(", ")}`,
);

/** Up to which minute every series is judged; null before the first turn. */
export function readWatchedUntil(db: Database): Promise<number | null> {
  return readMeta<number>(db, WATCHED_KEY);
}

/** The name of the last turn that was written. */
export function readLastTurn(db: Database): Promise<string | null> {
  return readMeta<string>(db, TURN_KEY);
}

async function readMeta<T>(db: Database, key: string): Promise<T | null> {
  const row = await db.selectFrom("meta").select("value").where("key", "=", key).executeTakeFirst();
  return row ? parseJson<T>(row.value) : null;
}

async function writeMeta(tx: WriteTransaction, key: string, value: string | number): Promise<void> {
  const text = JSON.stringify(value);
  await tx
    .insertInto("meta")
    .values({ key, value: text })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value: text }))
    .execute();
}

/** Writes a turn of watching in one transaction, and gives its anomalies with their ids. */
export function commitWatch(db: Database, dialect: SqlDialect, commit: WatchCommit): Promise<AnomalyRow[]> {
  return db.transaction().execute(async (tx) => {
    if (commit.turn !== undefined) await writeMeta(tx, TURN_KEY, commit.turn);
    if (commit.watchedUntil !== null) await moveWatermark(tx, dialect, commit.watchedUntil, commit.watchedFrom);
    for (const subject of commit.dropped ?? []) await dropSubject(tx, subject);
    await writeStates(tx, dialect, commit.states.map(toStateValues));
    await writeStreams(tx, dialect, commit.streams.map(toStreamValues));
    const rows: AnomalyRow[] = [];
    for (const record of commit.anomalies) rows.push(await writeAnomaly(tx, record));
    await writeDiscovery(tx, dialect, commit.discovery);
    await addTallies(tx, dialect, sumTallies(commit.tallies ?? []));
    await addOutboxRows(tx, commit.outbox);
    return rows;
  });
}

/** Forgets what is known of a subject and that it is watched; its anomalies stay. */
export async function dropSubject(tx: WriteTransaction, subject: Subject): Promise<boolean> {
  await tx.deleteFrom("detectorState").where(isAbout(subject)).execute();
  await tx.deleteFrom("streamTuning").where(isAbout(subject)).execute();
  const result = await tx.deleteFrom("watchStream").where(isAbout(subject)).executeTakeFirst();
  return Number(result.numDeletedRows) > 0;
}

/** Two processes on one database may judge the same minutes; only one of them writes what it found. */
async function moveWatermark(
  tx: WriteTransaction,
  dialect: SqlDialect,
  watchedUntil: number,
  watchedFrom: number | null | undefined,
): Promise<void> {
  await tx
    .insertInto("meta")
    .values({ key: WATCHED_KEY, value: "null" })
    .onConflict((conflict) => conflict.column("key").doNothing())
    .execute();
  const { value } = await tx
    .selectFrom("meta")
    .select("value")
    .where("key", "=", WATCHED_KEY)
    .modifyEnd(sql.raw(dialect.rowLock))
    .executeTakeFirstOrThrow();
  const before = parseJson<number | null>(value);
  if (watchedFrom !== undefined && before !== watchedFrom)
    throw new Error("Another process has watched these minutes: nothing of this turn is written.");
  if (before !== null && before >= watchedUntil) return;
  await writeMeta(tx, WATCHED_KEY, watchedUntil);
}

async function writeAnomaly(tx: WriteTransaction, record: AnomalyRecord): Promise<AnomalyRow> {
  const values = toAnomalyValues(record);
  const row =
    record.id === 0
      ? await tx.insertInto("anomaly").values(values).returningAll().executeTakeFirst()
      : await tx
          .updateTable("anomaly")
          .set((eb) => ({ id: eb.ref("id"), ...values }))
          .where("id", "=", record.id)
          .where("projectId", "=", record.projectId)
          .returningAll()
          .executeTakeFirst();
  if (row) return parseAnomalyRow(row);
  // It was too old to be kept any longer.
  const {
    findings: _,
    event: _event,
    normal: _normal,
    series: _series,
    discovery: _d,
    compression: _c,
    ...rest
  } = record;
  return rest;
}

function toStateValues(state: WatchCommit["states"][number]): Tables["detectorState"] {
  const { version, position, updatedAt, snapshot } = state;
  return { ...toSubjectRow(state), version, position, updatedAt, snapshot };
}

/** One statement may not touch a row twice. */
function sumTallies(tallies: NonNullable<WatchCommit["tallies"]>): Tables["watchTally"][] {
  const cells = new Map<string, Tables["watchTally"]>();
  for (const tally of tallies) {
    const key = `${tally.projectId} ${tally.time}`;
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, { ...tally });
    else for (const column of TALLY) cell[column] += tally[column];
  }
  return [...cells.values()];
}
