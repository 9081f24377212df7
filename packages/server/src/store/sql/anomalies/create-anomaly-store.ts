import type { Json } from "@gatewatch/protocol";
import { sql } from "kysely";
import type { AnomalyStore, DetectorState, WatchTally } from "../../../model/anomaly.ts";
import type { Database, SqlDialect } from "../dialect.ts";
import { parseJson } from "../stored-json.ts";
import type { Tables } from "../tables.ts";
import { parseAnomaly } from "./anomaly-row.ts";
import { changeStream, createStream, listTuning } from "./change-streams.ts";
import { commitWatch, dropSubject, readLastTurn, readWatchedUntil } from "./commit-watch.ts";
import { countFeedback, setFeedback } from "./give-feedback.ts";
import { queryAnomalies } from "./query-anomalies.ts";
import { parseStream } from "./stream-row.ts";
import { isAbout, parseSubject } from "./subject-key.ts";

const TALLY_MS = 300_000;
const MAX_HISTORY = 500;

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
    countFeedback: (subject, since) => countFeedback(db, subject, since),

    query: (query) => queryAnomalies(db, dialect, query),
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
      const rows = await db
        .selectFrom("anomalyHistory")
        .select(["at", "actor", "action", "detail"])
        .where("anomalyId", "=", id)
        .where("projectId", "=", projectId)
        .orderBy("id", "desc")
        .limit(MAX_HISTORY)
        .execute();
      return rows.map(({ at, actor, action, detail }) => ({
        at,
        by: actor,
        action,
        ...(detail === null ? {} : { detail: parseJson<Json>(detail) }),
      }));
    },

    async listStreams(projectId, kind) {
      let query = db
        .selectFrom("watchStream")
        .selectAll()
        .where("projectId", "=", projectId)
        .orderBy("kind")
        .orderBy("stream")
        .orderBy("measure");
      if (kind !== null) query = query.where("kind", "=", kind);
      return (await query.execute()).map(parseStream);
    },
    async getStream(subject) {
      const row = await db.selectFrom("watchStream").selectAll().where(isAbout(subject)).executeTakeFirst();
      return row ? parseStream(row) : null;
    },
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
