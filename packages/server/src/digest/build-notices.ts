import type { LiveRequest, RequestColumns, StringColumn } from "@gatewatch/protocol";
import type { DigestNotice } from "../model/live.ts";
import type { DigestUnit, ProjectUnit } from "./digest-unit.ts";

const MAX_REQUESTS = 200;
const MAX_REMEMBERED = 10_000;

/** What the live view is told of a committed unit; `firstSeq` numbers the requests on. */
export type BuildNotices = (unit: DigestUnit, committedAt: number, firstSeq: number) => DigestNotice[];

/** A builder that remembers the issues of recent errors: an error mostly arrives before the request that raised it. */
export function createNoticeBuilder(): BuildNotices {
  const remembered = new Map<string, number>();
  return (unit, committedAt, firstSeq) => {
    for (const { errors } of unit.projects.values()) {
      for (const [eventId, issueId] of errors.issueByEvent) {
        remembered.delete(eventId);
        remembered.set(eventId, issueId);
      }
    }
    for (const eventId of remembered.keys()) {
      if (remembered.size <= MAX_REMEMBERED) break;
      remembered.delete(eventId);
    }
    return buildNotices(unit, committedAt, firstSeq, remembered);
  };
}

function buildNotices(
  unit: DigestUnit,
  committedAt: number,
  firstSeq: number,
  issueByEvent: ReadonlyMap<string, number>,
): DigestNotice[] {
  let seq = firstSeq;
  return [...unit.projects.values()].map((project) => {
    const requests = newestRequests(project, seq, issueByEvent);
    seq += requests.length;
    const oldest = Math.min(...project.batches.map(({ entry }) => entry.receivedAt));
    return {
      projectId: project.projectId,
      requests,
      skipped: project.requests - requests.length,
      errors: project.batches.reduce((sum, { batch }) => sum + countErrors(batch.events), 0),
      limited: countAnswers(project, 429),
      refused: countAnswers(project, 403),
      issues: project.errors.issues.map(({ record, outcome }) => ({ id: record.id, outcome })),
      lagMs: Math.max(0, committedAt - oldest),
    };
  });
}

function countErrors(events: { type: string }[] | undefined): number {
  return events ? events.reduce((count, event) => (event.type === "error" ? count + 1 : count), 0) : 0;
}

function countAnswers({ batches }: ProjectUnit, status: number): number {
  let count = 0;
  for (const { batch } of batches)
    for (const answer of batch.columns?.request?.status ?? []) if (answer === status) count++;
  return count;
}

function newestRequests(
  { batches }: ProjectUnit,
  firstSeq: number,
  issueByEvent: ReadonlyMap<string, number>,
): LiveRequest[] {
  const rows: LiveRequest[] = [];
  for (let b = batches.length - 1; b >= 0 && rows.length < MAX_REQUESTS; b--) {
    const { batch } = batches[b]!;
    const columns = batch.columns?.request;
    if (!columns) continue;
    for (let i = columns.n - 1; i >= 0 && rows.length < MAX_REQUESTS; i--)
      rows.push(toLiveRequest(columns, batch.dict ?? [], i, issueByEvent));
  }
  rows.reverse();
  for (const [i, row] of rows.entries()) row.seq = firstSeq + i;
  return rows;
}

function toLiveRequest(
  columns: RequestColumns,
  dict: readonly string[],
  i: number,
  issueByEvent: ReadonlyMap<string, number>,
): LiveRequest {
  const text = (column: StringColumn | undefined): string | null => {
    const value = column?.[i];
    return typeof value === "number" ? (dict[value] ?? null) : (value ?? null);
  };
  const errorId = text(columns.errorId);
  return {
    seq: 0,
    time: columns.t0 + columns.time[i]!,
    method: text(columns.method) ?? "",
    route: text(columns.route),
    path: text(columns.path) ?? "",
    status: columns.status[i]!,
    durationMs: columns.durationUs[i]! / 1000,
    requestId: text(columns.requestId),
    userId: text(columns.userId),
    client: text(columns.client),
    errorId,
    issueId: errorId === null ? null : (issueByEvent.get(errorId) ?? null),
  };
}
