import type { HashDelta } from "../../../model/issue.ts";
import { mergeSpreads } from "../../../model/spread.ts";
import type { Database, SqlDialect, WriteTransaction } from "../dialect.ts";
import { defineBulkInsert, defineStatement } from "../statement.ts";

interface HashDay {
  hashId: number;
  day: number;
  spread: Uint8Array;
}

interface TrafficDay {
  projectId: number;
  day: number;
  spread: Uint8Array;
}

const readHashDays = defineStatement<HashDay>(
  ({ isOneOf }) => `select hash_id, day, spread from issue_hash_day where ${isOneOf("hash_id")} and ${isOneOf("day")}`,
);
const writeHashDays = defineBulkInsert<HashDay>(
  "issue_hash_day",
  ["hashId", "day", "spread"],
  "on conflict (hash_id, day) do update set spread = excluded.spread",
);
const readTrafficDays = defineStatement<TrafficDay>(
  ({ next, isOneOf }) =>
    `select project_id, day, spread from traffic_day where project_id = ${next()} and ${isOneOf("day")}`,
);
const writeTrafficDays = defineBulkInsert<TrafficDay>(
  "traffic_day",
  ["projectId", "day", "spread"],
  "on conflict (project_id, day) do update set spread = excluded.spread",
);
const readTrafficSince = defineStatement<TrafficDay>(
  ({ next }) =>
    `select project_id, day, spread from traffic_day where project_id = ${next()} and day >= ${next()} order by day`,
);
const readIssueDays = defineStatement<{ issueId: number; spread: Uint8Array }>(
  ({ next, isOneOf }) =>
    `select h.issue_id, d.spread from issue_hash h join issue_hash_day d on d.hash_id = h.id
     where h.project_id = ${next()} and ${isOneOf("h.issue_id")} and d.day >= ${next()} order by h.id, d.day`,
);

/** Adds what a unit knows of hashes to the days of each: one row is read and written for a hash and day. */
export async function addHashSpreads(
  tx: WriteTransaction,
  dialect: SqlDialect,
  deltas: readonly Pick<HashDelta, "hashId" | "spreads">[],
): Promise<void> {
  const added: HashDay[] = deltas.flatMap(({ hashId, spreads }) =>
    Array.from(spreads ?? [], ([day, spread]) => ({ hashId, day, spread })),
  );
  if (added.length === 0) return;
  const stored = await readHashDays(tx, dialect, distinct(added, "hashId"), distinct(added, "day"));
  const sums = new Map(stored.map((row) => [`${row.hashId}:${row.day}`, row.spread]));
  const changed = new Map<string, HashDay>();
  for (const row of added) {
    const key = `${row.hashId}:${row.day}`;
    const spread = mergeSpreads(sums.get(key), row.spread);
    sums.set(key, spread);
    changed.set(key, { ...row, spread });
  }
  await writeHashDays(tx, dialect, [...changed.values()]);
}

/** Adds what a unit knows of a project's requests; the digest's lock keeps two units from adding at once. */
export async function addTraffic(
  tx: WriteTransaction,
  dialect: SqlDialect,
  projectId: number,
  days: ReadonlyMap<number, Uint8Array>,
): Promise<void> {
  if (days.size === 0) return;
  const stored = await readTrafficDays(tx, dialect, projectId, [...days.keys()]);
  const sums = new Map(stored.map(({ day, spread }) => [day, spread]));
  await writeTrafficDays(
    tx,
    dialect,
    Array.from(days, ([day, spread]) => ({ projectId, day, spread: mergeSpreads(sums.get(day), spread) })),
  );
}

/** Spreads of all requests of a project, one a day from `firstDay` on. */
export async function readTraffic(
  db: Database,
  dialect: SqlDialect,
  projectId: number,
  firstDay: number,
): Promise<Uint8Array[]> {
  return (await readTrafficSince(db, dialect, projectId, firstDay)).map(({ spread }) => spread);
}

/** Spreads of issues, one a hash and day from `firstDay` on: they follow their hash wherever it is moved. */
export async function readIssueSpreads(
  db: Database,
  dialect: SqlDialect,
  projectId: number,
  issueIds: readonly number[],
  firstDay: number,
): Promise<Map<number, Uint8Array[]>> {
  if (issueIds.length === 0) return new Map();
  const rows = await readIssueDays(db, dialect, projectId, [...issueIds], firstDay);
  const spreads = new Map<number, Uint8Array[]>();
  for (const { issueId, spread } of rows) {
    const known = spreads.get(issueId);
    if (known === undefined) spreads.set(issueId, [spread]);
    else known.push(spread);
  }
  return spreads;
}

function distinct<Key extends "hashId" | "day">(rows: readonly HashDay[], key: Key): number[] {
  return [...new Set(rows.map((row) => row[key]))];
}
