import type { BatchAnswer } from "@gatewatch/protocol";
import { ApiError } from "../model/api-error.ts";
import type { DecodedBatch } from "../model/decoder.ts";
import { JournalError } from "../model/journal.ts";
import type { IntakeClient } from "./admit-client.ts";
import { formatBatchId } from "./batch-id.ts";
import { createBatchLedger, type BatchLedger } from "./batch-ledger.ts";
import { addToTally } from "./intake-counters.ts";
import { DEFAULT_MAX_BACKLOG_BYTES, type IntakeDeps } from "./intake-deps.ts";

/** About 20 MB at most. */
const REMEMBERED_BATCHES = 100_000;
const BACKLOG_RETRY_MS = 2_000;
const JOURNAL_RETRY_MS = 5_000;

export interface ReceivedBatch {
  answer: BatchAnswer;
  decoded: DecodedBatch;
}

/** Decodes, makes durable, and only then answers. */
export interface BatchReceiver {
  /**
   * `decoder` by its name in its language; `addressKey` in place of the server's own, for clients that make pseudonyms themselves.
   * @throws ApiError when the batch cannot be taken.
   */
  receive(decoder: string, bytes: Uint8Array, client: IntakeClient, addressKey?: Uint8Array): Promise<ReceivedBatch>;
}

export function createBatchReceiver(deps: IntakeDeps): BatchReceiver {
  const ledger: BatchLedger = createBatchLedger(REMEMBERED_BATCHES);
  const maxBacklog = deps.maxBacklogBytes ?? DEFAULT_MAX_BACKLOG_BYTES;
  const { counters } = deps;

  async function append(decoded: DecodedBatch, projectId: number, receivedAt: number): Promise<void> {
    const { batchId, body } = decoded;
    try {
      await deps.journal.append({ projectId, receivedAt, batchId, body });
    } catch (error) {
      throw toApiError(error);
    }
  }

  /** True when the batch had been stored before. */
  async function store(decoded: DecodedBatch, projectId: number, receivedAt: number): Promise<boolean> {
    if (!decoded.idempotent) {
      await append(decoded, projectId, receivedAt);
      return false;
    }
    let known = false;
    const key = `${projectId}:${formatBatchId(decoded.batchId)}`;
    const { duplicate } = await ledger.once(key, async () => {
      known = (await deps.knownBatch?.(projectId, decoded.batchId)) ?? false;
      if (!known) await append(decoded, projectId, receivedAt);
    });
    return duplicate || known;
  }

  /** What is new of a batch; of several that came together, each counts for itself. */
  function count({ accepted, leftOut = 0, batch }: DecodedBatch): void {
    counters.acceptedEvents += accepted;
    if (leftOut > 0) addToTally(counters.clientDrops, "filtered", leftOut);
    for (const [reason, dropped] of Object.entries(batch.drops ?? {}))
      addToTally(counters.clientDrops, reason, dropped);
  }

  return {
    async receive(decoder, bytes, client, addressKey) {
      if (deps.journal.backlogBytes() > maxBacklog)
        throw new ApiError("unavailable", "The server is behind with its work. Send the same batch again later.", {
          retryAfterMs: BACKLOG_RETRY_MS,
        });
      const { projectId } = client;
      const asked = deps.decodersOf(projectId);
      const decoders = asked instanceof Promise ? await asked : asked;
      const receivedAt = deps.now();
      const decoded = decoders[decoder]!.decode(bytes, {
        projectId,
        receivedAt,
        addressKey: addressKey ?? deps.addressKey(projectId),
        address: client.address,
      });
      const parts = [decoded, ...(decoded.also ?? [])];
      const known = await Promise.all(
        parts.map((part) => (holdsSomething(part) ? store(part, projectId, receivedAt) : undefined)),
      );
      for (const [index, part] of parts.entries()) if (known[index] !== true) count(part);
      const duplicate = known.includes(true) && !known.includes(false);
      const accepted = parts.reduce((sum, part) => sum + part.accepted, 0);
      counters.batches++;
      counters.rejectedEvents += decoded.rejected.length;
      if (duplicate) counters.duplicates++;
      const { rejected, batch } = decoded;
      return { decoded, answer: { batch: batch.batch, accepted, duplicate, rejected } };
    },
  };
}

function holdsSomething({ accepted, batch }: DecodedBatch): boolean {
  return accepted > 0 || batch.drops !== undefined;
}

function toApiError(error: unknown): unknown {
  if (!(error instanceof JournalError)) return error;
  if (error.code === "journal_record_too_large")
    return new ApiError("payload_too_large", "The batch is too large for one journal record; send smaller batches.", {
      cause: error,
    });
  return new ApiError("unavailable", "The server cannot write at the moment. Send the same batch again later.", {
    retryAfterMs: JOURNAL_RETRY_MS,
    cause: error,
  });
}
