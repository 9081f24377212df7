import type { MonitorSchedule, MonitorState } from "@gatewatch/protocol";
import type { ClientDigestTx, ClientStore, MonitorRecord } from "../../../model/client-records.ts";
import type { Database, SqlDialect, WriteTransaction } from "../dialect.ts";
import { defineBulkInsert, overwrite } from "../statement.ts";
import { parseJson } from "../stored-json.ts";
import type { Tables } from "../tables.ts";

type Row = Tables["monitor"];

const COLUMNS = [
  "projectId",
  "slug",
  "environment",
  "schedule",
  "marginMin",
  "maxRuntimeMin",
  "failureThreshold",
  "recoveryThreshold",
  "state",
  "failures",
  "successes",
  "checkInId",
  "lastCheckInAt",
  "lastDurationS",
  "expectedAt",
  "dueAt",
  "createdAt",
] as const;
const writeMonitors = defineBulkInsert<Row>(
  "monitor",
  COLUMNS,
  `on conflict (project_id, slug, environment) do update set ${overwrite(COLUMNS.slice(3))}`,
);

export async function listMonitors(db: Database, projectId: number): Promise<MonitorRecord[]> {
  const rows = await db
    .selectFrom("monitor")
    .selectAll()
    .where("projectId", "=", projectId)
    .orderBy("slug")
    .orderBy("environment")
    .execute();
  return rows.map(parseMonitor);
}

export async function listOverdueMonitors(db: Database, now: number, limit: number): Promise<MonitorRecord[]> {
  const rows = await db
    .selectFrom("monitor")
    .selectAll()
    .where("dueAt", "<=", now)
    .orderBy("dueAt")
    .limit(limit)
    .execute();
  return rows.map(parseMonitor);
}

export async function noteOverdue(
  db: Database,
  ...[before, after]: Parameters<ClientStore["noteOverdue"]>
): Promise<boolean> {
  const { projectId, slug, environment, ...values } = toRow(after);
  const result = await db
    .updateTable("monitor")
    .set(values)
    .where("projectId", "=", projectId)
    .where("slug", "=", slug)
    .where("environment", "=", environment)
    .where("dueAt", "=", before.dueAt)
    .where("lastCheckInAt", "=", before.lastCheckInAt)
    .where("state", "=", before.state)
    .executeTakeFirst();
  return Number(result.numUpdatedRows) > 0;
}

export async function deleteMonitor(db: Database, projectId: number, slug: string): Promise<boolean> {
  const result = await db
    .deleteFrom("monitor")
    .where("projectId", "=", projectId)
    .where("slug", "=", slug)
    .executeTakeFirst();
  return Number(result.numDeletedRows) > 0;
}

export async function getMonitors(
  tx: WriteTransaction,
  dialect: SqlDialect,
  ...[projectId, slugs]: Parameters<ClientDigestTx["getMonitors"]>
): Promise<MonitorRecord[]> {
  if (slugs.length === 0) return [];
  const rows = await tx
    .selectFrom("monitor")
    .selectAll()
    .where("projectId", "=", projectId)
    .where((eb) => dialect.isOneOf(eb.ref("slug"), slugs))
    .execute();
  return rows.map(parseMonitor);
}

export async function countMonitors(tx: WriteTransaction, projectId: number): Promise<number> {
  const row = await tx
    .selectFrom("monitor")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("projectId", "=", projectId)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

export async function putMonitors(
  tx: WriteTransaction,
  dialect: SqlDialect,
  monitors: readonly MonitorRecord[],
): Promise<void> {
  if (monitors.length > 0) await writeMonitors(tx, dialect, monitors.map(toRow));
}

function toRow(monitor: MonitorRecord): Row {
  return { ...monitor, schedule: monitor.schedule === null ? null : JSON.stringify(monitor.schedule) };
}

function parseMonitor(row: Row): MonitorRecord {
  return {
    ...row,
    schedule: row.schedule === null ? null : parseJson<MonitorSchedule>(row.schedule),
    state: row.state as MonitorState,
  };
}
