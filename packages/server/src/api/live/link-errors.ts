import type { ErrorEvent, LiveRequest } from "@gatewatch/protocol";
import { groupError } from "../../issues/group-error.ts";
import { decodeEventChunk } from "../../model/event-chunk-codec.ts";
import type { IssueStore, TelemetryStore } from "../../model/store.ts";

/** Errors mostly arrive before their requests, which begin before both. */
const SLACK_MS = 60_000;
const MAX_CHUNKS = 4;

interface LinkPorts {
  telemetry: Pick<TelemetryStore, "chunks">;
  issues: Pick<IssueStore, "findIssuesOfEvents" | "findHash">;
}

/**
 * Names the issue in each row that names an error: as it is stored with the issue, else as the error's stored text is grouped. A row
 * whose error is in neither place stays without.
 */
export async function linkErrors(store: LinkPorts, projectId: number, rows: LiveRequest[]): Promise<LiveRequest[]> {
  const failed = rows.filter(({ errorId }) => errorId !== null);
  if (failed.length === 0) return rows;
  const wanted = new Set(failed.map(({ errorId }) => errorId!));
  const issueByEvent = await store.issues.findIssuesOfEvents(projectId, [...wanted]);
  for (const id of issueByEvent.keys()) wanted.delete(id);
  if (wanted.size > 0) await groupStored(store, projectId, failed, wanted, issueByEvent);
  return rows.map((row) => (row.errorId === null ? row : { ...row, issueId: issueByEvent.get(row.errorId) ?? null }));
}

async function groupStored(
  store: LinkPorts,
  projectId: number,
  rows: readonly LiveRequest[],
  wanted: Set<string>,
  issueByEvent: Map<string, number>,
): Promise<void> {
  const times = rows.map(({ time, durationMs }) => [time - SLACK_MS, time + durationMs + SLACK_MS] as const);
  const from = Math.min(...times.map(([start]) => start));
  const to = Math.max(...times.map(([, end]) => end));
  const issueByHash = new Map<string, number | null>();
  for (const { body } of await store.telemetry.chunks(projectId, "error", from, to, MAX_CHUNKS)) {
    for (const { json } of decodeEventChunk(body)) {
      const event = tryFind(json, wanted);
      if (event === undefined || !wanted.delete(event.id)) continue;
      const { hash } = groupError(event).primary;
      let issueId = issueByHash.get(hash);
      if (issueId === undefined) {
        issueId = (await store.issues.findHash(projectId, hash))?.issueId ?? null;
        issueByHash.set(hash, issueId);
      }
      if (issueId !== null) issueByEvent.set(event.id, issueId);
      if (wanted.size === 0) return;
    }
  }
}

/** The event if its id is wanted; in a storm of errors most texts are not even parsed. */
function tryFind(json: string, wanted: ReadonlySet<string>): ErrorEvent | undefined {
  for (const [, id] of json.matchAll(/"id":"([^"\\]{1,200})"/g))
    if (wanted.has(id!)) return JSON.parse(json) as ErrorEvent;
  return undefined;
}
