import { type Selectable, sql } from "kysely";
import type { Severity } from "@gatewatch/protocol";
import { HyperLogLog, mergeHyperLogLogs } from "../../../model/hyperloglog.ts";
import type { IssueRecord } from "../../../model/issue.ts";
import { measureReach } from "../../../model/issue-spread.ts";
import { firstSpreadDay, joinSpreads } from "../../../model/spread.ts";
import type { IssueStore } from "../../../model/store.ts";
import { mayBeWide, weighReach } from "../../../model/weigh-reach.ts";
import type { Database, SqlDialect, WriteTransaction } from "../dialect.ts";
import { readIssueSpreads, readTraffic } from "../digest/digest-spreads.ts";
import { parseJson } from "../stored-json.ts";
import type { Tables } from "../tables.ts";
import { mergeFacets, toIssue, toIssueValues } from "./issue-row.ts";
import { repinEvents } from "./pin-events.ts";

type RegroupCommand = Parameters<IssueStore["regroup"]>[0];
type RegroupResult = Awaited<ReturnType<IssueStore["regroup"]>>;
type HashRow = Selectable<Tables["issueHash"]>;

/** Points hashes at another issue or a new one; both sides become the sums of their hashes again. */
export function regroupHashes(db: Database, dialect: SqlDialect, command: RegroupCommand): Promise<RegroupResult> {
  return db.transaction().execute(async (tx) => {
    await dialect.lockDigest(tx);
    const { projectId, by, at, action } = command;
    const hashes = await readHashes(tx, dialect, projectId, command.hashIds);
    if (hashes.length === 0 || hashes.length !== new Set(command.hashIds).size) return null;
    const from = [...new Set(hashes.map((hash) => hash.issueId))];
    const template = await readIssue(tx, projectId, command.into === "new" ? from[0]! : command.into);
    if (!template) return null;
    const target = command.into === "new" ? await insertFrom(tx, template, hashes[0]!) : template.id;

    const moved = hashes.filter((hash) => hash.issueId !== target);
    for (const hash of moved) await moveHash(tx, hash, target, command);
    const sources = from.filter((id) => id !== target);
    for (const source of sources) await linkSiblings(tx, source, target);
    for (const id of [...sources, target]) await recount(tx, dialect, projectId, id, at);
    for (const source of sources) {
      const detail = JSON.stringify({ from: source, to: target, hashes: moved.map((hash) => hash.hash) });
      const left = await readIssue(tx, projectId, source);
      if (left)
        await tx
          .insertInto("issueActivity")
          .values({ projectId, issueId: source, at, actor: by, action, detail })
          .execute();
      else await buryIssue(tx, source, target);
      await tx
        .insertInto("issueActivity")
        .values({ projectId, issueId: target, at, actor: by, action, detail })
        .execute();
    }
    return { issueId: target, from };
  });
}

function readHashes(tx: WriteTransaction, dialect: SqlDialect, projectId: number, ids: number[]): Promise<HashRow[]> {
  return tx
    .selectFrom("issueHash")
    .selectAll()
    .where("projectId", "=", projectId)
    .where(dialect.isOneOf(sql.ref("id"), ids))
    .orderBy("id")
    .execute();
}

async function readIssue(tx: WriteTransaction, projectId: number, id: number): Promise<IssueRecord | null> {
  const row = await tx
    .selectFrom("issue")
    .selectAll()
    .where("projectId", "=", projectId)
    .where("id", "=", id)
    .executeTakeFirst();
  return row ? toIssue(row) : null;
}

async function insertFrom(tx: WriteTransaction, template: IssueRecord, hash: HashRow): Promise<number> {
  const values = toIssueValues({ ...template, title: hash.title, culprit: hash.culprit });
  const row = await tx
    .insertInto("issue")
    .values({ ...values, version: 1 })
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}

async function moveHash(tx: WriteTransaction, hash: HashRow, target: number, command: RegroupCommand): Promise<void> {
  await tx.updateTable("issueHash").set({ issueId: target }).where("id", "=", hash.id).execute();
  await tx.updateTable("issueEvent").set({ issueId: target }).where("hashId", "=", hash.id).execute();
  await tx
    .insertInto("issueHashLink")
    .values({ issueId: target, hashId: hash.id })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await tx
    .insertInto("issueHashHistory")
    .values({
      projectId: command.projectId,
      hashId: hash.id,
      at: command.at,
      actor: command.by,
      action: command.action,
      fromIssue: hash.issueId,
      toIssue: target,
    })
    .execute();
}

/** Issues that were one once have shown the same hashes; that is what makes them similar. */
async function linkSiblings(tx: WriteTransaction, source: number, target: number): Promise<void> {
  await sql`insert into issue_hash_link (issue_id, hash_id)
    select cast(${target} as bigint), hash_id from issue_hash_link where issue_id = ${source}
    on conflict do nothing`.execute(tx);
}

/** Sums an issue up from its hashes; one without hashes is removed. */
async function recount(
  tx: WriteTransaction,
  dialect: SqlDialect,
  projectId: number,
  issueId: number,
  now: number,
): Promise<void> {
  const hashes = await tx
    .selectFrom("issueHash")
    .selectAll()
    .where("issueId", "=", issueId)
    .orderBy("lastSeen")
    .execute();
  const issue = await readIssue(tx, projectId, issueId);
  if (!issue) return;
  if (hashes.length === 0) {
    await tx.deleteFrom("issue").where("id", "=", issueId).execute();
    return;
  }
  const counted = hashes.some((hash) => hash.events > 0) ? hashes.filter((hash) => hash.events > 0) : hashes;
  const first = counted.reduce((a, b) => (b.firstSeen < a.firstSeen ? b : a));
  const last = counted.at(-1)!;
  let users: Uint8Array | null = null;
  let releases: string[] = [];
  let routes: string[] = [];
  for (const hash of counted) {
    users = mergeHyperLogLogs(users, hash.users);
    releases = mergeFacets(releases, parseJson<string[]>(hash.releases));
    routes = mergeFacets(routes, parseJson<string[]>(hash.routes));
  }
  const values = toIssueValues({
    ...issue,
    events: counted.reduce((sum, hash) => sum + hash.events, 0),
    firstSeen: first.firstSeen,
    lastSeen: last.lastSeen,
    firstRelease: first.firstRelease,
    lastRelease: last.lastRelease,
    users,
    releases,
    routes,
    severity: (await weighIssue(tx, dialect, issue, last, users, now)) ?? issue.severity,
  });
  await tx
    .updateTable("issue")
    .set({ ...values, version: issue.version + 1 })
    .where("id", "=", issueId)
    .execute();
  await repinEvents(tx, issueId);
}

/** By the newest event of all, as the digest weighs it; undefined when nobody judged that event. */
async function weighIssue(
  tx: WriteTransaction,
  dialect: SqlDialect,
  { id, projectId }: IssueRecord,
  newest: HashRow,
  users: Uint8Array | null,
  now: number,
): Promise<Severity | undefined> {
  if (newest.severity === null) return undefined;
  const judged = { severity: newest.severity as Severity, widens: newest.widens === 1 };
  const reach = { users: users === null ? 0 : HyperLogLog.parse(users).estimate() };
  if (!mayBeWide(judged, reach.users)) return weighReach(judged, reach).severity;
  const firstDay = firstSpreadDay(now);
  const parts = (await readIssueSpreads(tx, dialect, projectId, [id], firstDay)).get(id) ?? [];
  const traffic = await readTraffic(tx, dialect, projectId, firstDay);
  const recent = measureReach(joinSpreads(parts), joinSpreads(traffic));
  return weighReach(judged, { ...reach, recent }).severity;
}

/** What a removed issue leaves behind goes to its heir. */
async function buryIssue(tx: WriteTransaction, issueId: number, heir: number): Promise<void> {
  await tx.updateTable("issueActivity").set({ issueId: heir }).where("issueId", "=", issueId).execute();
  await tx.deleteFrom("analysis").where("issueId", "=", issueId).execute();
  await tx.deleteFrom("issueHashLink").where("issueId", "=", issueId).execute();
}
