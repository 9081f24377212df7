import { ApiError } from "../../model/api-error.ts";
import { makeStreamUuid } from "../../model/stream-uuid.ts";
import type { Subject } from "../../model/anomaly.ts";
import type { ApiDeps } from "../api-deps.ts";
import { isUuid } from "./anomaly-ids.ts";
import type { Caller } from "./find-caller.ts";

/** Where events go that name no stream. */
const DEFAULT_STREAM = "default";
/** What ids stand for, which never changes: asked at each request, and found by hashing the names of all streams. */
const NAMES = new Map<string, string>();
const MAX_NAMES = 1_000;
const SLUG = /^[^\p{Cc}\p{Cs}]{1,200}$/u;

/** The name that a slug or UUID of this project stands for; a slug need not be known yet. @throws ApiError `invalid_request`, `not_found` or `forbidden` */
export async function findStreamName(given: unknown, caller: Caller, deps: Pick<ApiDeps, "store">): Promise<string> {
  const { boundTo, projectId } = caller;
  if (given === undefined || given === null || given === "")
    return boundTo === null ? DEFAULT_STREAM : findByUuid(boundTo, projectId, deps);
  if (typeof given !== "string" || !SLUG.test(given))
    throw new ApiError("invalid_request", "stream_id must be a slug of at most 200 characters, or the id of a stream");
  const name = isUuid(given) ? await findByUuid(given.toLowerCase(), projectId, deps) : given;
  demandStream(caller, name);
  return name;
}

/** @throws ApiError `forbidden` when the key is bound to another stream. */
export function demandStream({ boundTo, projectId }: Caller, stream: string): void {
  if (boundTo === null || makeStreamUuid(projectId, stream) === boundTo) return;
  throw new ApiError("forbidden", "This key is bound to another stream.");
}

export function toSubject(projectId: number, stream: string): Subject {
  return { projectId, kind: "event", stream, measure: null };
}

export function noStream(message = "There is no such stream."): ApiError {
  return new ApiError("not_found", message);
}

async function findByUuid(uuid: string, projectId: number, { store }: Pick<ApiDeps, "store">): Promise<string> {
  const known = NAMES.get(uuid);
  if (known !== undefined && makeStreamUuid(projectId, known) === uuid) {
    const isThere = (await store.anomalies.getStream(toSubject(projectId, known))) !== null;
    if (isThere) return known;
  }
  const streams = await store.anomalies.listStreams(projectId, "event");
  const found = streams.find(({ stream }) => makeStreamUuid(projectId, stream) === uuid);
  if (found === undefined) throw noStream();
  if (NAMES.size >= MAX_NAMES) NAMES.clear();
  NAMES.set(uuid, found.stream);
  return found.stream;
}
