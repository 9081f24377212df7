import { type Selectable, sql } from "kysely";
import { mergeHyperLogLogs } from "../../../model/hyperloglog.ts";
import type { HashDelta, IssueHashRecord } from "../../../model/issue.ts";
import type { DigestTx } from "../../../model/store.ts";
import type { SqlDialect, WriteTransaction } from "../dialect.ts";
import { mergeFacets, toHash } from "../issues/issue-row.ts";
import { defineBulkInsert, defineStatement, overwrite } from "../statement.ts";
import { parseJson } from "../stored-json.ts";
import type { Tables } from "../tables.ts";
import { addHashSpreads } from "./digest-spreads.ts";
import { slices } from "./slices.ts";

type HashRow = Selectable<Tables["issueHash"]>;
type AttachRow = Parameters<DigestTx["attachHashes"]>[0][number];

interface HashHour {
  hashId: number;
  hour: number;
  events: number;
}

const CHANGING_COLUMNS = [
  "events",
  "firstSeen",
  "lastSeen",
  "firstRelease",
  "lastRelease",
  "users",
  "releases",
  "routes",
  "severity",
  "widens",
] as const satisfies (keyof HashRow)[];

const readKnownHashes = defineStatement<HashRow>(
  ({ next, isOneOf }) => `select * from issue_hash where project_id = ${next()} and ${isOneOf("hash")} order by id`,
);
const readHashes = defineStatement<HashRow>(
  ({ next, isOneOf }) => `select * from issue_hash where project_id = ${next()} and ${isOneOf("id")}`,
);
const writeHashes = defineBulkInsert<HashRow>(
  "issue_hash",
  ["id", "projectId", "issueId", "algorithm", "kind", "hash", "title", "culprit", "explanation", ...CHANGING_COLUMNS],
  `on conflict (id) do update set ${overwrite(CHANGING_COLUMNS)}`,
);
const addHours = defineBulkInsert<HashHour>(
  "issue_hash_hour",
  ["hashId", "hour", "events"],
  "on conflict (hash_id, hour) do update set events = issue_hash_hour.events + excluded.events",
);

/** Known hashes among those given. */
export async function findHashes(
  tx: WriteTransaction,
  dialect: SqlDialect,
  projectId: number,
  hashes: string[],
): Promise<IssueHashRecord[]> {
  return hashes.length === 0 ? [] : (await readKnownHashes(tx, dialect, projectId, hashes)).map(toHash);
}

/** Attaches hashes to issues; one that is known already stays with its issue, and the link tells that this issue showed it too. */
export async function attachHashes(
  tx: WriteTransaction,
  dialect: SqlDialect,
  rows: AttachRow[],
): Promise<IssueHashRecord[]> {
  const known = new Map<string, HashRow>();
  for (const part of slices(rows)) {
    const added = await tx
      .insertInto("issueHash")
      .values(part.map(toNewHash))
      .onConflict((conflict) => conflict.columns(["projectId", "hash", "algorithm"]).doNothing())
      .returningAll()
      .execute();
    for (const hash of added) known.set(keyOf(hash), hash);
    if (added.length > 0)
      await tx
        .insertInto("issueHashHistory")
        .values(
          added.map((hash) => ({
            projectId: hash.projectId,
            hashId: hash.id,
            at: hash.firstSeen,
            actor: "grouping",
            action: "attach",
            fromIssue: null,
            toIssue: hash.issueId,
          })),
        )
        .execute();
    const missing = part.filter((row) => !known.has(keyOf({ ...row, hash: row.hash.hash })));
    for (const hash of await readExisting(tx, dialect, missing)) known.set(keyOf(hash), hash);
    await tx
      .insertInto("issueHashLink")
      .values(
        part.map((row) => ({ issueId: row.issueId, hashId: known.get(keyOf({ ...row, hash: row.hash.hash }))!.id })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  return rows.map((row) => toHash(known.get(keyOf({ ...row, hash: row.hash.hash }))!));
}

/** Adds counts, times, users, releases and hours to hashes. */
export async function addHashDeltas(
  tx: WriteTransaction,
  dialect: SqlDialect,
  projectId: number,
  deltas: HashDelta[],
): Promise<void> {
  const ids = [...new Set(deltas.map((delta) => delta.hashId))];
  if (ids.length === 0) return;
  const rows = await readHashes(tx, dialect, projectId, ids);
  const changed = new Map(rows.map((row) => [row.id, row]));
  const hours = new Map<string, HashHour>();
  for (const delta of deltas) {
    const row = changed.get(delta.hashId);
    if (!row) continue;
    changed.set(row.id, addDelta(row, delta));
    for (const [hour, events] of delta.hours) {
      const key = `${row.id}:${hour}`;
      hours.set(key, { hashId: row.id, hour, events: (hours.get(key)?.events ?? 0) + events });
    }
  }
  await writeHashes(tx, dialect, [...changed.values()]);
  await addHours(tx, dialect, [...hours.values()]);
  await addHashSpreads(
    tx,
    dialect,
    deltas.filter((delta) => changed.has(delta.hashId)),
  );
}

function addDelta(row: HashRow, delta: HashDelta): HashRow {
  const isFirst = row.events === 0;
  const isNewest = isFirst || delta.lastSeen >= row.lastSeen;
  const isOldest = isFirst || delta.firstSeen < row.firstSeen;
  return {
    ...row,
    events: row.events + delta.events,
    firstSeen: isOldest ? delta.firstSeen : row.firstSeen,
    lastSeen: isNewest ? delta.lastSeen : row.lastSeen,
    firstRelease: (isOldest ? delta.releases[0] : null) ?? row.firstRelease ?? delta.releases[0] ?? null,
    lastRelease: (isNewest ? delta.releases.at(-1) : null) ?? row.lastRelease ?? delta.releases.at(-1) ?? null,
    users: mergeHyperLogLogs(row.users, delta.users),
    releases: JSON.stringify(mergeFacets(parseJson<string[]>(row.releases), delta.releases)),
    routes: JSON.stringify(mergeFacets(parseJson<string[]>(row.routes), delta.routes)),
    ...(isNewest && delta.judged !== undefined
      ? { severity: delta.judged.severity, widens: delta.judged.widens ? 1 : 0 }
      : {}),
  };
}

function toNewHash(row: AttachRow): Omit<HashRow, "id"> {
  return {
    projectId: row.projectId,
    issueId: row.issueId,
    algorithm: row.algorithm,
    kind: row.hash.kind,
    hash: row.hash.hash,
    events: 0,
    firstSeen: row.at,
    lastSeen: row.at,
    users: null,
    title: row.title,
    culprit: row.culprit,
    explanation: JSON.stringify(row.explanation),
    firstRelease: null,
    lastRelease: null,
    releases: "[]",
    routes: "[]",
    severity: null,
    widens: 0,
  };
}

async function readExisting(tx: WriteTransaction, dialect: SqlDialect, rows: AttachRow[]): Promise<HashRow[]> {
  if (rows.length === 0) return [];
  return tx
    .selectFrom("issueHash")
    .selectAll()
    .where(dialect.isOneOf(sql.ref("projectId"), [...new Set(rows.map((row) => row.projectId))]))
    .where(
      dialect.isOneOf(
        sql.ref("hash"),
        rows.map((row) => row.hash.hash),
      ),
    )
    .execute();
}

function keyOf(row: { projectId: number; algorithm: string; hash: string }): string {
  return `${row.projectId}\n${row.algorithm}\n${row.hash}`;
}
