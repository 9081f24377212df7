import type {
  ClientDigestTx,
  ClientSession,
  ClientStore,
  ReleaseHealthCell,
  SessionStatus,
} from "../../../model/client-records.ts";
import type { Database, SqlDialect, WriteTransaction } from "../dialect.ts";
import { defineBulkInsert } from "../statement.ts";
import type { Tables } from "../tables.ts";

const MAX_RELEASES = 500;

const writeSessions = defineBulkInsert<Tables["clientSession"]>(
  "client_session",
  ["projectId", "session", "startedAt", "release", "environment", "status"],
  "on conflict (project_id, session) do update set status = excluded.status",
);
const addCells = defineBulkInsert<Tables["releaseHealth"]>(
  "release_health",
  ["projectId", "hour", "release", "environment", "sessions", "errored", "abnormal", "crashed"],
  `on conflict (project_id, hour, release, environment) do update set ${["sessions", "errored", "abnormal", "crashed"]
    .map((column) => `${column} = release_health.${column} + excluded.${column}`)
    .join(", ")}`,
);

export async function getClientSessions(
  tx: WriteTransaction,
  dialect: SqlDialect,
  ...[projectId, sessions]: Parameters<ClientDigestTx["getClientSessions"]>
): Promise<ClientSession[]> {
  if (sessions.length === 0) return [];
  const rows = await tx
    .selectFrom("clientSession")
    .selectAll()
    .where("projectId", "=", projectId)
    .where((eb) => dialect.isOneOf(eb.ref("session"), sessions))
    .execute();
  return rows.map((row) => ({ ...row, status: row.status as SessionStatus }));
}

export async function putClientSessions(
  tx: WriteTransaction,
  dialect: SqlDialect,
  sessions: readonly ClientSession[],
): Promise<void> {
  if (sessions.length > 0) await writeSessions(tx, dialect, sessions);
}

export async function addReleaseHealth(
  tx: WriteTransaction,
  dialect: SqlDialect,
  cells: readonly ReleaseHealthCell[],
): Promise<void> {
  if (cells.length > 0) await addCells(tx, dialect, cells);
}

export async function sumReleaseHealth(
  db: Database,
  ...[projectId, from, to]: Parameters<ClientStore["sumReleaseHealth"]>
): ReturnType<ClientStore["sumReleaseHealth"]> {
  const rows = await db
    .selectFrom("releaseHealth")
    .select((eb) => [
      "release",
      "environment",
      eb.fn.sum<number>("sessions").as("sessions"),
      eb.fn.sum<number>("errored").as("errored"),
      eb.fn.sum<number>("abnormal").as("abnormal"),
      eb.fn.sum<number>("crashed").as("crashed"),
      eb.fn.min("hour").as("firstHour"),
      eb.fn.max("hour").as("lastHour"),
    ])
    .where("projectId", "=", projectId)
    .where("hour", ">=", from)
    .where("hour", "<", to)
    .groupBy(["release", "environment"])
    .orderBy("lastHour", "desc")
    .orderBy("firstHour", "desc")
    .limit(MAX_RELEASES)
    .execute();
  return rows.map((row) => ({
    release: row.release,
    environment: row.environment,
    sessions: Number(row.sessions),
    errored: Number(row.errored),
    abnormal: Number(row.abnormal),
    crashed: Number(row.crashed),
    firstHour: Number(row.firstHour),
    lastHour: Number(row.lastHour),
  }));
}
