import type { RequestColumns, StringColumn } from "@gatewatch/protocol";
import { nameAgent } from "../model/count-shares.ts";
import { Spread, spreadDay, userKey } from "../model/spread.ts";
import type { DigestTx } from "../model/store.ts";
import type { DigestUnit, ProjectUnit } from "./digest-unit.ts";

/** Counts how all requests of each project spread in the day of their receipt: what issues are compared with. */
export async function addTraffic(unit: DigestUnit, tx: DigestTx): Promise<void> {
  for (const project of unit.projects.values()) {
    const days = countDays(project);
    if (days.size > 0)
      await tx.addTraffic(project.projectId, new Map(Array.from(days, ([day, counts]) => [day, toSpread(counts)])));
  }
}

type Counts = Map<string, number>;

/** The requests of one day in a unit; texts are looked at once each, when all are counted. */
interface DayCounts {
  spread: Spread;
  routes: Counts;
  agents: Counts;
  users: Counts;
  /** Addresses of those who are no known user. */
  clients: Counts;
}

function countDays({ batches }: ProjectUnit): Map<number, DayCounts> {
  const days = new Map<number, DayCounts>();
  for (const { entry, batch } of batches) {
    const columns = batch.columns?.request;
    const unrecorded = batch.drops?.["sampled"] ?? 0;
    const n = columns?.n ?? 0;
    if (n === 0 && unrecorded === 0) continue;
    const day = spreadDay(entry.receivedAt);
    let counts = days.get(day);
    if (counts === undefined) days.set(day, (counts = createDayCounts()));
    const { spread } = counts;
    spread.count += n;
    spread.unrecorded += unrecorded;
    if (columns === undefined || n === 0) continue;
    const { release, environment } = batch.resource ?? {};
    if (release !== undefined) spread.add("release", release, n);
    if (environment !== undefined) spread.add("environment", environment, n);
    countRows(counts, columns, batch.dict ?? []);
  }
  return days;
}

function createDayCounts(): DayCounts {
  return { spread: new Spread(), routes: new Map(), agents: new Map(), users: new Map(), clients: new Map() };
}

function toSpread({ spread, routes, agents, users, clients }: DayCounts): Uint8Array {
  for (const [route, count] of routes) spread.add("route", route, count);
  for (const [agent, count] of agents) {
    const name = nameAgent(agent);
    if (name !== null) spread.add("client", name, count);
  }
  for (const [id, count] of users) spread.addUser(userKey(id, null)!, count);
  for (const [address, count] of clients) spread.addUser(userKey(null, address)!, count);
  return spread.toBytes();
}

function countRows(counts: DayCounts, columns: RequestColumns, dict: readonly string[]): void {
  const { n, method, route, userAgent, userId, client } = columns;
  if (route !== undefined) countRoutes(counts.routes, n, method, route, dict);
  if (userAgent !== undefined) countTexts(counts.agents, n, userAgent, dict);
  if (userId !== undefined) countTexts(counts.users, n, userId, dict);
  if (client !== undefined) countTexts(counts.clients, n, client, dict, userId);
}

/** How often each `METHOD route` was asked for; requests without a route have none. */
function countRoutes(
  counts: Counts,
  n: number,
  method: StringColumn,
  route: StringColumn,
  dict: readonly string[],
): void {
  const pairs = new Map<number, number>();
  const textOf = (cell: number | string | null | undefined) =>
    typeof cell === "number" ? (dict[cell] ?? "") : (cell ?? "");
  for (let i = 0; i < n; i++) {
    const r = route[i];
    const m = method[i];
    if (r == null) continue;
    if (typeof m === "number" && typeof r === "number") {
      const pair = m * dict.length + r;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    } else addTo(counts, `${textOf(m)} ${textOf(r)}`, 1);
  }
  for (const [pair, count] of pairs) {
    const r = pair % dict.length;
    addTo(counts, `${textOf((pair - r) / dict.length)} ${textOf(r)}`, count);
  }
}

/** How often each text stands in a column, rows with a cell in `unless` left out. References stay numbers: a row costs no string. */
function countTexts(
  counts: Counts,
  n: number,
  column: StringColumn,
  dict: readonly string[],
  unless?: StringColumn,
): void {
  const byReference = new Uint32Array(dict.length);
  for (let i = 0; i < n; i++) {
    const cell = column[i];
    if (cell == null || (unless !== undefined && unless[i] != null)) continue;
    if (typeof cell === "string") addTo(counts, cell, 1);
    else if (cell < byReference.length) byReference[cell]!++;
  }
  for (let reference = 0; reference < byReference.length; reference++) {
    const count = byReference[reference]!;
    if (count > 0) addTo(counts, dict[reference]!, count);
  }
}

function addTo(counts: Counts, text: string, count: number): void {
  counts.set(text, (counts.get(text) ?? 0) + count);
}
