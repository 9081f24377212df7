import type { OutboxRow } from "../model/alert.ts";
import type { Shared } from "../model/shared.ts";
import { startPolling, type PollingWorker } from "../model/start-polling.ts";
import type { Store } from "../model/store.ts";
import { explainIssue, type ExplainPorts } from "./explain-issue.ts";

/** Longer than two calls with their time-outs. */
const LEASE_MS = 180_000;
const CLAIM_LIMIT = 4;
const MAX_TRIES = 6;
/** An order that met no budget for so long is not worth it any more. */
const MAX_AGE_MS = 3 * 86_400_000;
const FIRST_RETRY_MS = 30_000;
const MAX_RETRY_MS = 3_600_000;
const MAX_SLEEP_MS = 30_000;

export interface AnalysesOptions extends Omit<ExplainPorts, "store"> {
  store: Pick<Store, "issues" | "budget" | "outbox">;
  /** Keeps two workers from one issue. */
  shared: Pick<Shared, "withLock">;
  /** An explanation was stored. */
  onAnalysed?: (issue: { projectId: number; issueId: number }) => void;
  /** Told of each failure. */
  onFailure?: (failure: { projectId: number; issueId: number; message: string; final: boolean }) => void;
}

/** Takes orders for explanations from the outbox, a few at a time; the number of rows that it took on. */
export async function runDueAnalyses(options: AnalysesOptions, stop: AbortSignal): Promise<number> {
  const { store, clock } = options;
  const rows = await store.outbox.claim(["analysis"], clock(), LEASE_MS, CLAIM_LIMIT);
  await Promise.all(rows.map((row) => runOrder(options, row, stop)));
  return rows.length;
}

/** Runs the analyst until it is stopped; the call under way is cut off and ordered again. */
export function startAnalyses(options: AnalysesOptions & { onCrash?: (error: unknown) => void }): PollingWorker {
  const { onCrash, store, clock } = options;
  return startPolling({
    ...(onCrash === undefined ? {} : { onCrash }),
    async turn(stop) {
      if ((await runDueAnalyses(options, stop)) > 0) return 0;
      const dueAt = await store.outbox.nextDueAt();
      return dueAt === null ? MAX_SLEEP_MS : Math.min(MAX_SLEEP_MS, Math.max(1000, dueAt - clock()));
    },
  });
}

async function runOrder(options: AnalysesOptions, row: OutboxRow, stop: AbortSignal): Promise<void> {
  const { store, shared, clock } = options;
  const { projectId } = row;
  const issueId = Number(row.payload["issueId"]);
  const order = { projectId, issueId, force: row.payload["force"] === true };
  const explained = await shared.withLock(`analysis:${projectId}:${issueId}`, LEASE_MS, () =>
    explainIssue(options, order, stop),
  );
  if (stop.aborted) return store.outbox.retry(row.id, clock(), "The server stopped in the middle.");
  // Somebody else is at it; what he finds will do, or this order finds it done.
  if (explained === undefined) return store.outbox.retry(row.id, clock() + FIRST_RETRY_MS, "Another worker is at it.");
  if (explained.done) {
    await store.outbox.complete(row.id, clock());
    if (explained.analysed) options.onAnalysed?.({ projectId, issueId });
    return;
  }
  const { message, retryAt, final } = explained;
  const isFinal = retryAt === null || row.attempts >= MAX_TRIES || clock() - row.createdAt > MAX_AGE_MS;
  options.onFailure?.({ projectId, issueId, message, final: isFinal });
  if (!isFinal) {
    const backoffMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (row.attempts - 1));
    return store.outbox.retry(row.id, Math.max(retryAt, clock() + backoffMs), message);
  }
  for (const analysis of final) await store.issues.putAnalysis(projectId, analysis);
  await store.outbox.complete(row.id, clock());
  options.onAnalysed?.({ projectId, issueId });
}
