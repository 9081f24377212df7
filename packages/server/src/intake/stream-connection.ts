import { type StreamAnswer, WIRE_LIMITS } from "@gatewatch/protocol";
import type { RawData, WebSocket } from "ws";
import type { ApiError } from "../model/api-error.ts";
import { takeRate, type IntakeClient } from "./admit-client.ts";
import { tryParseBatchId } from "./batch-id.ts";
import { decompress, sniffEncoding } from "./decompress.ts";
import { toApiFailure } from "./error-reply.ts";
import { unreadableFrame } from "./intake-error.ts";
import type { IntakeDeps } from "./intake-deps.ts";
import type { BatchReceiver } from "./receive-batch.ts";

/** Batches of one connection that are worked on at once. */
const MAX_IN_FLIGHT = 32;
/** Answers that a slow reader may leave unread before its own frames are no longer read. */
const MAX_UNSENT_BYTES = 1024 * 1024;
/** Broken frames in a row after which a client is told to go. */
const MAX_UNREADABLE = 10;
const POLICY_VIOLATION = 1008;
const BATCH_FIELD = /"batch"\s*:\s*"([0-9a-fA-F-]{36})"/;
const ID_WINDOW = 512;

interface Frame {
  bytes: Buffer;
  isBinary: boolean;
}

export interface StreamConnection {
  /** Stops reading; resolves once every frame taken has its answer. */
  finish(): Promise<void>;
}

/** Serves one open connection: each frame a batch, each batch one answer, in any order. */
export function serveConnection(
  ws: WebSocket,
  client: IntakeClient,
  deps: IntakeDeps,
  receiver: BatchReceiver,
): StreamConnection {
  const queue: Frame[] = [];
  let inFlight = 0;
  let unreadable = 0;
  let finishing = false;
  let notifyIdle: (() => void) | undefined;

  ws.on("message", (data, isBinary) => {
    if (finishing) return;
    queue.push({ bytes: toBuffer(data), isBinary });
    pump();
  });
  ws.on("close", () => {
    queue.length = 0;
  });

  function pump(): void {
    while (inFlight < MAX_IN_FLIGHT && queue.length > 0 && ws.bufferedAmount < MAX_UNSENT_BYTES) {
      inFlight++;
      void work(queue.shift()!);
    }
    const full = inFlight >= MAX_IN_FLIGHT || queue.length > 0 || ws.bufferedAmount >= MAX_UNSENT_BYTES;
    if (full && !ws.isPaused) ws.pause();
    else if (!full && ws.isPaused) ws.resume();
    if (inFlight === 0 && queue.length === 0) notifyIdle?.();
  }

  async function work(frame: Frame): Promise<void> {
    const answer = await answerTo(frame);
    // Told once the answer has left, so that a reader that does not read slows its own sending down.
    if (ws.readyState === ws.OPEN) ws.send(JSON.stringify(answer), pump);
    inFlight--;
    pump();
  }

  async function answerTo(frame: Frame): Promise<StreamAnswer> {
    let body: Buffer | undefined;
    try {
      // Whatever was sent is paid for; the name of a batch that the rate refuses is in its body.
      const unpacked = unpack(frame);
      body = await unpacked.catch(() => undefined);
      await takeRate(client, frame.bytes.length, deps);
      body = await unpacked;
      const { answer } = await receiver.receive("native", body, client);
      unreadable = 0;
      return { ack: answer.batch, accepted: answer.accepted, duplicate: answer.duplicate, rejected: answer.rejected };
    } catch (error) {
      const failure = toApiFailure(error, deps);
      if (failure.code === "unreadable_frame" && ++unreadable >= MAX_UNREADABLE)
        ws.close(POLICY_VIOLATION, "too many unreadable frames");
      return toNack(failure, body === undefined ? "" : findBatchId(body));
    }
  }

  return {
    async finish() {
      finishing = true;
      if (inFlight === 0 && queue.length === 0) return;
      await new Promise<void>((resolve) => {
        notifyIdle = resolve;
        ws.once("close", () => resolve());
      });
    },
  };
}

async function unpack({ bytes, isBinary }: Frame): Promise<Buffer> {
  if (!isBinary) return bytes;
  const encoding = sniffEncoding(bytes);
  if (encoding === "identity")
    throw unreadableFrame("A binary frame must be compressed with gzip or zstd; send JSON as text.");
  return decompress(bytes, encoding, { maxBytes: WIRE_LIMITS.maxBatchBytes });
}

function toNack(failure: ApiError, batch: string): StreamAnswer {
  const nack: StreamAnswer = { nack: batch, code: failure.code, message: failure.message };
  if (failure.retryAfterMs !== undefined) nack.retryAfterMs = failure.retryAfterMs;
  return nack;
}

/** The id of a batch that could not be decoded, as far as it can be found without decoding. */
function findBatchId(body: Buffer): string {
  const head = body.toString("latin1", 0, ID_WINDOW);
  const id = BATCH_FIELD.exec(head)?.[1];
  return tryParseBatchId(id) === undefined ? "" : id!;
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
