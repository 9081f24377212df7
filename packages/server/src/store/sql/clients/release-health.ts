import type {
  ClientDigestTx,
  ClientSession,
  ClientStore,
  ReleaseHealthCell,
  ReleaseUsers,
  SessionStatus,
} from "../../../model/client-records.ts";
import type { Database, SqlDialect, WriteTransaction } from "../dialect.ts";
import { defineBulkInsert, overwrite } from "../statement.ts";
import type { Tables } from "../tables.ts";

const MAX_RELEASES = 500;
const MAX_USER_ROWS = 2_000;

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

const writeUsers = defineBulkInsert<Tables["releaseUser"]>(
  "release_user",
  ["projectId", "day", "release", "environment", "users", "crashed"],
  `on conflict (project_id, day, release, environment) do update set ${overwrite(["users", "crashed"])}`,
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

export async function getReleaseUsers(
  tx: WriteTransaction,
  dialect: SqlDialect,
  ...[projectId, days]: Parameters<ClientDigestTx["getReleaseUsers"]>
): Promise<ReleaseUsers[]> {
  if (days.length === 0) return [];
  return tx
    .selectFrom("releaseUser")
    .selectAll()
    .where("projectId", "=", projectId)
    .where((eb) => dialect.isOneOf(eb.ref("day"), days))
    .execute();
}

export async function putReleaseUsers(
  tx: WriteTransaction,
  dialect: SqlDialect,
  rows: readonly ReleaseUsers[],
): Promise<void> {
  if (rows.length > 0) await writeUsers(tx, dialect, rows);
}

export function listReleaseUsers(
  db: Database,
  ...[projectId, from, to]: Parameters<ClientStore["listReleaseUsers"]>
): Promise<ReleaseUsers[]> {
  return db
    .selectFrom("releaseUser")
    .selectAll()
    .where("projectId", "=", projectId)
    .where("day", ">=", from)
    .where("day", "<", to)
    .orderBy("day", "desc")
    .limit(MAX_USER_ROWS)
    .execute();
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
