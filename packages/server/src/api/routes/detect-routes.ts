import { Type } from "typebox";
import { ApiError } from "../../model/api-error.ts";
import type { ApiDeps } from "../api-deps.ts";
import { defineRoute } from "../route.ts";
import { exact } from "../schemas/named.ts";
import { DetectAnswerSchema, DetectOrderSchema, StreamName } from "../schemas/anomaly-schemas.ts";

/** What apps do, with the key by which they send events. */
const ingest = { scope: "project", action: "ingest" } as const;
/** Events of a project. */
const RATE = { capacity: 20_000, perSecond: 5_000 };
const MAX_STATE_BYTES = 2 * 1024 * 1024;
/** Exchanges of states of a project: a hundred processes with twenty streams each need half of it. A large delta counts for several. */
const STATE_RATE = { capacity: 600, perSecond: 60 };
const BYTES_PER_EXCHANGE = 64 * 1024;

/** Takes the price of events from what their project may have judged. Throws `rate_limited`. */
export async function payForEvents(
  { shared }: Pick<ApiDeps, "shared">,
  projectId: number,
  count: number,
): Promise<void> {
  const taken = await shared.takeTokens(`detect:${projectId}`, count, RATE.capacity, RATE.perSecond);
  if (taken.ok) return;
  throw new ApiError(
    "rate_limited",
    `The project has more events judged than ${RATE.perSecond} a second. Send the same events again later.`,
    { retryAfterMs: taken.retryAfterMs },
  );
}

/** Throws `rate_limited`. */
async function payForExchange({ shared }: Pick<ApiDeps, "shared">, projectId: number, bytes: number): Promise<void> {
  const cost = 1 + Math.floor(bytes / BYTES_PER_EXCHANGE);
  const taken = await shared.takeTokens(`state:${projectId}`, cost, STATE_RATE.capacity, STATE_RATE.perSecond);
  if (taken.ok) return;
  throw new ApiError(
    "rate_limited",
    `The project's processes exchange more than ${STATE_RATE.perSecond} states a second. Send the same delta again later.`,
    { retryAfterMs: taken.retryAfterMs },
  );
}

export const detectEvents = defineRoute({
  method: "POST",
  path: "/api/detect",
  id: "detectEvents",
  summary: "Judge events of a stream, and learn from them; nothing is anomalous while the stream is calibrating",
  access: ingest,
  body: DetectOrderSchema,
  answer: DetectAnswerSchema,
  async handler({ body: { stream, events }, project }, deps) {
    await payForEvents(deps, project.id, events.length);
    return { body: await deps.verbs.watch.judgeEvents(project.id, stream, events) };
  },
});

export const getStreamState = defineRoute({
  method: "GET",
  path: "/api/streams/state",
  id: "getStreamState",
  summary: "What the detector of a stream knows, for a process that joins; 304 when If-None-Match names it",
  access: ingest,
  query: Type.Object({ stream: StreamName }, exact),
  bytes: { maxInput: 0 },
  async handler({ query, project, ifNoneMatch }, deps) {
    await payForExchange(deps, project.id, 0);
    const known = ifNoneMatch === null ? null : parseTag(ifNoneMatch);
    const state = await deps.verbs.watch.readState(project.id, query.stream, known);
    if (state === null) return { status: 304, headers: { etag: ifNoneMatch! } };
    return { bytes: state.snapshot, headers: { etag: `"${state.version}"` } };
  },
});

export const mergeStreamState = defineRoute({
  method: "POST",
  path: "/api/streams/state",
  id: "mergeStreamState",
  summary: "Add a log of what one process has seen since its last delta; the answer is what all of them know",
  access: ingest,
  query: Type.Object(
    {
      stream: StreamName,
      replica: Type.String({ pattern: "^[\\w.-]{1,64}$", description: "Made by the process, for its lifetime" }),
      sequence: Type.Integer({ minimum: 0, description: "Grows with each delta; one that was seen changes nothing" }),
    },
    exact,
  ),
  bytes: { maxInput: MAX_STATE_BYTES },
  async handler({ query, project, bytes }, deps) {
    if (bytes === null)
      throw new ApiError("invalid_request", "The body is empty; expected a log of events as application/octet-stream.");
    await payForExchange(deps, project.id, bytes.length);
    const { stream, replica, sequence } = query;
    const delta = { projectId: project.id, stream, replica, sequence, log: bytes };
    const state = await deps.verbs.watch.mergeState(delta);
    return { bytes: state.snapshot, headers: { etag: `"${state.version}"` } };
  },
});

function parseTag(header: string): string | null {
  return /^(?:W\/)?"([\w-]{1,80})"$/.exec(header.trim())?.[1] ?? null;
}
