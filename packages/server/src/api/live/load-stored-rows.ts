import type { LiveRequest } from "@gatewatch/protocol";
import { RequestChunk } from "../../model/chunk-codec.ts";
import type { IssueStore, TelemetryStore } from "../../model/store.ts";
import { linkErrors } from "./link-errors.ts";

const SPAN_MS = 86_400_000;
const MAX_CHUNKS = 10;

/**
 * The newest stored requests of the last day, oldest first. They have been told before, by a server that is no more: their `seq` is
 * below nought, so that no new one comes before them.
 */
export async function loadStoredRows(
  store: { telemetry: Pick<TelemetryStore, "chunks">; issues: Pick<IssueStore, "findIssuesOfEvents" | "findHash"> },
  question: { projectId: number; now: number; limit: number },
): Promise<LiveRequest[]> {
  const { projectId, now, limit } = question;
  const newestFirst: LiveRequest[] = [];
  for (const { body } of await store.telemetry.chunks(projectId, "request", now - SPAN_MS, now, MAX_CHUNKS)) {
    const chunk = new RequestChunk(body);
    for (let row = chunk.n - 1; row >= 0 && newestFirst.length < limit; row--) {
      const { receivedAt: _receivedAt, ...request } = chunk.row(row);
      newestFirst.push({ ...request, seq: -1 - newestFirst.length, issueId: null });
    }
    if (newestFirst.length >= limit) break;
  }
  return linkErrors(store, projectId, newestFirst.toReversed());
}
