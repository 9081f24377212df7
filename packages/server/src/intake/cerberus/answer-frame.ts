import { ApiError } from "../../model/api-error.ts";
import { isStoreAway } from "../../model/is-store-away.ts";
import { takeRate, takeStrangersRate, toIntakeClient, type IntakeClient } from "../admit-client.ts";
import { toApiFailure } from "../error-reply.ts";
import { DEFAULT_MAX_BACKLOG_BYTES, type IntakeDeps } from "../intake-deps.ts";
import { type CerberusAck, toErrorAck } from "./cerberus-acks.ts";
import type { KeyBackoff } from "./key-backoff.ts";
import type { FrameBatcher } from "./frame-batcher.ts";
import { parseFrame, readKey } from "./parse-frame.ts";

/** Clients wait five seconds; an answer after that would be taken for the next event's, for ever. */
export const ANSWER_WITHIN_MS = 4_000;
/** How long a frame may be held while the server is behind. */
const HOLD_MS = 3_000;
const ASK_AGAIN_MS = 250;
/** Share of the allowed backlog from which answers come later and later. */
const CALM_BACKLOG = 0.5;
/** A larger frame is answered with an error. */
export const MAX_FRAME_BYTES = 4 * 1024 * 1024;

export interface CerberusFrame {
  bytes: Buffer;
  /** When it was complete. */
  at: number;
}

/** Of one connection. */
export interface FrameSource {
  address: string;
  /** Frames without a good key since the last one that had it. */
  wrongKeys: number;
  /** Whether a good key has come. */
  isKnown: boolean;
}

export interface AnswerDeps {
  deps: IntakeDeps;
  batcher: FrameBatcher;
  backoff: KeyBackoff;
}

/** The one answer to a frame, after its event is durable or refused, and in time whatever happens; never rejects. */
export async function answerFrame(frame: CerberusFrame, source: FrameSource, parts: AnswerDeps): Promise<CerberusAck> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CerberusAck>((resolve) => {
    const failure = new ApiError("unavailable", "The event could not be made durable in time.");
    const left = frame.at + ANSWER_WITHIN_MS - parts.deps.now();
    // A frame may have waited longer behind others, and the machine's clock may have been set since it came.
    timer = setTimeout(() => resolve(toErrorAck(failure)), Math.min(ANSWER_WITHIN_MS, Math.max(0, left)));
  });
  try {
    return await Promise.race([work(frame, source, parts), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function work(frame: CerberusFrame, source: FrameSource, parts: AnswerDeps): Promise<CerberusAck> {
  const { deps } = parts;
  const until = frame.at + HOLD_MS;
  for (;;) {
    try {
      const ack = await take(frame, source, parts);
      const delay = Math.min(until - deps.now(), backlogDelay(deps));
      if (delay > 0) await wait(delay);
      return ack;
    } catch (error) {
      const again = retryDelay(error);
      const left = until - deps.now();
      if (again !== undefined && left > 0) {
        await wait(Math.min(again, left));
        continue;
      }
      return refuse(error, source, parts);
    }
  }
}

async function take(
  { bytes }: CerberusFrame,
  source: FrameSource,
  { deps, batcher }: AnswerDeps,
): Promise<CerberusAck> {
  if (bytes.length > MAX_FRAME_BYTES)
    throw new ApiError(
      "payload_too_large",
      `The frame is ${bytes.length} bytes; at most ${MAX_FRAME_BYTES} are taken.`,
    );
  if (!source.isKnown) await takeStrangersRate(source.address, bytes.length, deps);
  const client = await admitKey(readKey(parseFrame(bytes)), deps);
  source.isKnown = true;
  source.wrongKeys = 0;
  await takeRate(client, bytes.length, deps);
  const secret = await deps.pseudonymSecret(client.projectId);
  const problem = await batcher.add(bytes, client, new TextEncoder().encode(secret));
  return problem === undefined ? { status: "ok" } : { status: "error", error: problem.code, message: problem.message };
}

/** @throws ApiError `unauthorized` or `forbidden`. */
export async function admitKey(key: string | undefined, deps: Pick<IntakeDeps, "authenticate">): Promise<IntakeClient> {
  if (key === undefined) throw new ApiError("unauthorized", "missing API key");
  const principal = await deps.authenticate(key);
  if (principal === null) throw new ApiError("unauthorized", "invalid API key");
  return toIntakeClient(principal);
}

/** After how long the same frame may be tried again; undefined when that cannot help. */
function retryDelay(error: unknown): number | undefined {
  if (isStoreAway(error)) return ASK_AGAIN_MS;
  if (!(error instanceof ApiError) || error.retryAfterMs === undefined) return undefined;
  return error.code === "rate_limited" ? Math.max(1, error.retryAfterMs) : ASK_AGAIN_MS;
}

async function refuse(error: unknown, source: FrameSource, { deps, backoff }: AnswerDeps): Promise<CerberusAck> {
  const failure = toApiFailure(error, deps);
  const isStrange = failure.code === "unreadable_frame" && !source.isKnown;
  if (failure.code === "unauthorized" || failure.code === "forbidden" || isStrange) {
    source.wrongKeys++;
    const delay = backoff.delayOf(source.address);
    if (delay > 0) await wait(delay);
  }
  return toErrorAck(failure);
}

/** The nearer the backlog is to what is allowed, the longer the answer waits: clients send their next event only then. */
function backlogDelay({ journal, maxBacklogBytes = DEFAULT_MAX_BACKLOG_BYTES }: IntakeDeps): number {
  const share = journal.backlogBytes() / maxBacklogBytes;
  if (share <= CALM_BACKLOG) return 0;
  return Math.min(1, (share - CALM_BACKLOG) / (1 - CALM_BACKLOG)) * HOLD_MS;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
