import { sql } from "kysely";
import type { AnomalyStore, DetectorState, WatchTally } from "../../../model/anomaly.ts";
import type { Database, SqlDialect } from "../dialect.ts";
import type { Tables } from "../tables.ts";
import { parseAnomaly } from "./anomaly-row.ts";
import { changeStream, createStream, listTuning, readAnchor } from "./change-streams.ts";
import { commitWatch, dropSubject, readLastTurn, readWatchedUntil } from "./commit-watch.ts";
import { countFeedback, setFeedback } from "./give-feedback.ts";
import { readHistories } from "./read-histories.ts";
import { queryAnomalies, queryWhole } from "./query-anomalies.ts";
import { parseStream, STREAM_COLUMNS } from "./stream-row.ts";
import { isAbout, parseSubject } from "./subject-key.ts";

const TALLY_MS = 300_000;

/** Anomalies, the streams that they come from, and what the detectors know: the same queries on both engines. */
export function createAnomalyStore(db: Database, dialect: SqlDialect): AnomalyStore {
  return {
    watchedUntil: () => readWatchedUntil(db),
    lastTurn: () => readLastTurn(db),
    commitWatch: (commit) => commitWatch(db, dialect, commit),
    async listStates(kind, projectId) {
      let query = db.selectFrom("detectorState").selectAll();
      if (kind !== null) query = query.where("kind", "=", kind);
      if (projectId !== undefined) query = query.where("projectId", "=", projectId);
      return (await query.execute()).map(parseState);
    },
    async getState(subject) {
      const row = await db.selectFrom("detectorState").selectAll().where(isAbout(subject)).executeTakeFirst();
      return row ? parseState(row) : null;
    },
    listDiscovery: () => db.selectFrom("discovery").selectAll().orderBy("projectId").execute(),
    async listOpen() {
      const rows = await db
        .selectFrom("anomaly")
        .selectAll()
        .where("kind", "=", "series")
        .where("endedAt", "is", null)
        .orderBy("id")
        .execute();
      return rows.map(parseAnomaly);
    },
    tally: (projectId, from, to) => readTally(db, projectId, from, to),
    async countBySubject(projectId) {
      const rows = await db
        .selectFrom("anomaly")
        .select((eb) => ["projectId", "kind", "stream", "measure", eb.fn.countAll<number>().as("count")])
        .where("projectId", "=", projectId)
        .groupBy(["projectId", "kind", "stream", "measure"])
        .execute();
      return rows.map((row) => ({ ...parseSubject(row), count: Number(row.count) }));
    },
    async countOf(subject) {
      const row = await db
        .selectFrom("anomaly")
        .select((eb) => eb.fn.countAll<number>().as("count"))
        .where(isAbout(subject))
        .executeTakeFirstOrThrow();
      return Number(row.count);
    },
    countFeedback: (subject, since) => countFeedback(db, subject, since),

    query: (query) => queryAnomalies(db, dialect, query),
    queryWhole: (query) => queryWhole(db, dialect, query),
    async get(projectId, id) {
      const row = await db
        .selectFrom("anomaly")
        .selectAll()
        .where("id", "=", id)
        .where("projectId", "=", projectId)
        .executeTakeFirst();
      return row ? parseAnomaly(row) : null;
    },
    setFeedback: (...order) => setFeedback(db, dialect, ...order),
    async history(projectId, id) {
      return (await readHistories(db, dialect, projectId, [id])).get(id) ?? [];
    },
    histories: (projectId, ids) => readHistories(db, dialect, projectId, ids),

    async listStreams(projectId, kind) {
      let query = db
        .selectFrom("watchStream")
        .select(STREAM_COLUMNS)
        .where("projectId", "=", projectId)
        .orderBy("kind")
        .orderBy("stream")
        .orderBy("measure");
      if (kind !== null) query = query.where("kind", "=", kind);
      return (await query.execute()).map(parseStream);
    },
    async getStream(subject) {
      const row = await db.selectFrom("watchStream").select(STREAM_COLUMNS).where(isAbout(subject)).executeTakeFirst();
      return row ? parseStream(row) : null;
    },
    getAnchor: (subject) => readAnchor(db, subject),
    createStream: (...order) => createStream(db, ...order),
    changeStream: (...order) => changeStream(db, ...order),
    listTuning: (subject, limit) => listTuning(db, subject, limit),
    deleteStream: (subject) => db.transaction().execute((tx) => dropSubject(tx, subject)),
  };
}

function parseState(row: Tables["detectorState"]): DetectorState {
  const { version, position, updatedAt, snapshot } = row;
  return { ...parseSubject(row), version, position, updatedAt, snapshot };
}

async function readTally(db: Database, projectId: number, from: number, to: number): Promise<WatchTally> {
  const sum = (column: keyof WatchTally) => sql<number>`coalesce(sum(${sql.ref(column)}), 0)`.as(column);
  const row = await db
    .selectFrom("watchTally")
    .select([
      sum("judged"),
      sum("flagged"),
      sum("expected"),
      sum("told"),
      sum("requests"),
      sum("limited"),
      sum("refused"),
    ])
    .where("projectId", "=", projectId)
    .where("time", ">=", from - (from % TALLY_MS))
    .where("time", "<", to)
    .executeTakeFirstOrThrow();
  return row;
}
