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
      await tx.addTraffic(project.projectId, new Map(Array.from(days, ([day, spread]) => [day, spread.toBytes()])));
  }
}

function countDays({ batches }: ProjectUnit): Map<number, Spread> {
  const days = new Map<number, Spread>();
  for (const { entry, batch } of batches) {
    const columns = batch.columns?.request;
    const unrecorded = batch.drops?.["sampled"] ?? 0;
    const n = columns?.n ?? 0;
    if (n === 0 && unrecorded === 0) continue;
    const day = spreadDay(entry.receivedAt);
    let spread = days.get(day);
    if (spread === undefined) days.set(day, (spread = new Spread()));
    spread.count += n;
    spread.unrecorded += unrecorded;
    if (columns === undefined || n === 0) continue;
    const { release, environment } = batch.resource ?? {};
    if (release !== undefined) spread.add("release", release, n);
    if (environment !== undefined) spread.add("environment", environment, n);
    countRows(spread, columns, batch.dict ?? []);
  }
  return days;
}

function countRows(spread: Spread, columns: RequestColumns, dict: readonly string[]): void {
  const { n, method, route, userAgent, userId, client } = columns;
  if (route !== undefined)
    for (const [name, count] of countRoutes(n, method, route, dict)) spread.add("route", name, count);
  if (userAgent !== undefined)
    for (const [agent, count] of countTexts(n, userAgent, dict)) {
      const name = nameAgent(agent);
      if (name !== null) spread.add("client", name, count);
    }
  if (userId !== undefined)
    for (const [id, count] of countTexts(n, userId, dict)) spread.addUser(userKey(id, null)!, count);
  if (client !== undefined)
    for (const [address, count] of countTexts(n, client, dict, userId)) spread.addUser(userKey(null, address)!, count);
}

/** How often each `METHOD route` was asked for; requests without a route have none. */
function countRoutes(
  n: number,
  method: StringColumn,
  route: StringColumn,
  dict: readonly string[],
): Map<string, number> {
  const pairs = new Map<number, number>();
  const counts = new Map<string, number>();
  const add = (name: string, count: number) => counts.set(name, (counts.get(name) ?? 0) + count);
  const textOf = (cell: number | string | null | undefined) =>
    typeof cell === "number" ? (dict[cell] ?? "") : (cell ?? "");
  for (let i = 0; i < n; i++) {
    const r = route[i];
    const m = method[i];
    if (r == null) continue;
    if (typeof m === "number" && typeof r === "number") {
      const pair = m * dict.length + r;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    } else add(`${textOf(m)} ${textOf(r)}`, 1);
  }
  for (const [pair, count] of pairs) {
    const r = pair % dict.length;
    add(`${textOf((pair - r) / dict.length)} ${textOf(r)}`, count);
  }
  return counts;
}

/** How often each text stands in a column, rows with a cell in `unless` left out. References stay numbers: a row costs no string. */
function countTexts(
  n: number,
  column: StringColumn,
  dict: readonly string[],
  unless?: StringColumn,
): Map<string, number> {
  const byReference = new Float64Array(dict.length);
  const counts = new Map<string, number>();
  for (let i = 0; i < n; i++) {
    const cell = column[i];
    if (cell == null || (unless !== undefined && unless[i] != null)) continue;
    if (typeof cell === "string") counts.set(cell, (counts.get(cell) ?? 0) + 1);
    else if (cell < byReference.length) byReference[cell]!++;
  }
  for (const [reference, count] of byReference.entries()) {
    const text = dict[reference]!;
    if (count > 0) counts.set(text, (counts.get(text) ?? 0) + count);
  }
  return counts;
}
