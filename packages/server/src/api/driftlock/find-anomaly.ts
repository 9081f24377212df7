import { setTimeout as wait } from "node:timers/promises";
import type { AnomalyRecord } from "../../model/anomaly.ts";
import { ApiError } from "../../model/api-error.ts";
import { makeStreamUuid } from "../../model/stream-uuid.ts";
import type { ApiDeps } from "../api-deps.ts";
import { isUuid, parseAnomalyUuid, readOccurrence } from "./anomaly-ids.ts";
import type { Caller } from "./find-caller.ts";

/** What is flagged is stored within a turn of the watch, about a second: who asks at once waits for it. */
const YOUNG_MS = 5_000;
const ASK_EVERY_MS = 200;
const MAX_ASKS = 15;
const MAX_CANDIDATES = 50;

/** The anomaly of an id that a list, or an answer about events, gave for this project. @throws ApiError `not_found` */
export async function findAnomaly(uuid: string, caller: Caller, deps: ApiDeps): Promise<AnomalyRecord> {
  if (!isUuid(uuid)) throw noAnomaly();
  const id = parseAnomalyUuid(caller.projectId, uuid);
  const record = id === undefined ? await findYoung(uuid, caller, deps) : await load(id, caller, deps);
  // A key of another stream learns nothing of it, not even that it is there.
  if (record === null || !isAllowed(record, caller)) throw noAnomaly();
  return record;
}

async function load(id: number, { projectId }: Caller, { store }: ApiDeps): Promise<AnomalyRecord | null> {
  const record = await store.anomalies.get(projectId, id);
  return record?.kind === "event" ? record : null;
}

async function findYoung(uuid: string, caller: Caller, deps: ApiDeps): Promise<AnomalyRecord | null> {
  const occurrence = readOccurrence(caller.projectId, uuid);
  const streams = await deps.store.anomalies.listStreams(caller.projectId, "event");
  const stream = streams.find((row) => occurrence.isOfStream(row.stream))?.stream;
  if (stream === undefined) return null;
  for (let ask = 0; ask < MAX_ASKS; ask++) {
    const found = await findTouching(occurrence, stream, caller, deps);
    if (found !== null || Math.abs(deps.clock() - occurrence.atMs) > YOUNG_MS) return found;
    await wait(ASK_EVERY_MS);
  }
  return null;
}

/** Of the anomalies that the moment belongs to, the one of the field, else the newest. */
async function findTouching(
  { atMs, isOfField }: ReturnType<typeof readOccurrence>,
  stream: string,
  caller: Caller,
  deps: ApiDeps,
): Promise<AnomalyRecord | null> {
  const { projectId } = caller;
  const question = { projectId, kind: "event", stream, from: atMs, to: atMs + 1, limit: MAX_CANDIDATES } as const;
  const { anomalies: found } = await deps.store.anomalies.queryWhole(question);
  return found.find(({ findings }) => isOfField(findings[0]?.field ?? "")) ?? found[0] ?? null;
}

function isAllowed({ projectId, stream }: AnomalyRecord, { boundTo }: Caller): boolean {
  return boundTo === null || makeStreamUuid(projectId, stream) === boundTo;
}

function noAnomaly(): ApiError {
  return new ApiError("not_found", "There is no such anomaly.");
}
