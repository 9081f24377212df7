import type { GatewatchEvent } from "@gatewatch/protocol";
import { tryFindEventLines } from "../model/batch-body.ts";
import { encodeRequestChunk, type RequestPart } from "../model/chunk-codec.ts";
import { encodeEventChunk, type EventPart } from "../model/event-chunk-codec.ts";
import type { ChunkRecord } from "../model/rollup.ts";
import type { DigestTx } from "../model/store.ts";
import type { DigestUnit, ParsedBatch, ProjectUnit } from "./digest-unit.ts";

const DAY_MS = 86_400_000;
/** Rows of one chunk; a scan decodes a chunk as a whole. */
const MAX_CHUNK_ROWS = 65_536;

type ChunkBody = Pick<ChunkRecord, "kind" | "body" | "count" | "minTime" | "maxTime">;

/** Writes every event into column chunks, one per project, day of receipt and kind. */
export async function keepEvents(unit: DigestUnit, tx: DigestTx): Promise<void> {
  const { segment, offset } = unit.end;
  const chunks: ChunkRecord[] = [];
  for (const project of unit.projects.values())
    for (const [day, batches] of splitByDay(project))
      for (const chunk of [...encodeRequests(batches), ...encodeOthers(batches)])
        chunks.push({ projectId: project.projectId, day, segment, offset, part: chunks.length, ...chunk });
  if (chunks.length > 0) await tx.putChunks(chunks);
}

function splitByDay({ batches }: ProjectUnit): Map<string, ParsedBatch[]> {
  const days = new Map<number, ParsedBatch[]>();
  for (const parsed of batches) {
    const day = Math.floor(parsed.entry.receivedAt / DAY_MS);
    const group = days.get(day);
    if (group) group.push(parsed);
    else days.set(day, [parsed]);
  }
  return new Map([...days].map(([day, group]) => [new Date(day * DAY_MS).toISOString().slice(0, 10), group]));
}

function encodeRequests(batches: readonly ParsedBatch[]): ChunkBody[] {
  const chunks: ChunkBody[] = [];
  let parts: RequestPart[] = [];
  let rows = 0;
  const flush = () => {
    if (parts.length > 0) chunks.push({ kind: "request", ...encodeRequestChunk(parts) });
    parts = [];
    rows = 0;
  };
  for (const { entry, batch } of batches) {
    const columns = batch.columns?.request;
    if (!columns || columns.n === 0) continue;
    if (rows + columns.n > MAX_CHUNK_ROWS) flush();
    const { batchId, receivedAt } = entry;
    parts.push({ batchId, receivedAt, resource: batch.resource, dict: batch.dict ?? [], columns });
    rows += columns.n;
  }
  flush();
  return chunks;
}

function encodeOthers(batches: readonly ParsedBatch[]): ChunkBody[] {
  const kinds = new Map<Exclude<GatewatchEvent["type"], "request">, EventPart[]>();
  for (const { entry, batch } of batches) {
    const rows = batch.columns?.request?.n ?? 0;
    const { batchId, receivedAt } = entry;
    const partOf = new Map<string, EventPart>();
    const events = batch.events ?? [];
    const lines = events.length === 0 ? undefined : tryFindEventLines(entry.body, events.length);
    for (const [i, event] of events.entries()) {
      if (event.type === "request") throw new Error("A request stands among the events; intake keeps them in columns.");
      let part = partOf.get(event.type);
      if (!part) {
        part = { batchId, receivedAt, resource: batch.resource, events: [] };
        partOf.set(event.type, part);
        const parts = kinds.get(event.type);
        if (parts) parts.push(part);
        else kinds.set(event.type, [part]);
      }
      part.events.push({ index: rows + i, time: event.time, json: lines?.[i] ?? JSON.stringify(event) });
    }
  }
  return Array.from(kinds, ([kind, parts]) => ({ kind, ...encodeEventChunk(parts) }));
}
