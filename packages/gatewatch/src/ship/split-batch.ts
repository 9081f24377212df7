import type { NativeBatch } from "@gatewatch/protocol";
import type { Batch } from "./batch.ts";

/** Two halves of a batch that the server found too large, under ids of their own; undefined when it cannot be halved. */
export function splitBatch(batch: Batch, createId: () => string): [Batch, Batch] | undefined {
  if (batch.half || batch.events < 2) return undefined;
  const whole = JSON.parse(batch.json.toString("utf8")) as NativeBatch;
  const rows = whole.columns?.request?.n ?? 0;
  const middle = Math.floor(batch.events / 2);
  const cut = (from: number, to: number, drops: NativeBatch["drops"]): Batch => {
    const { drops: _drops, columns, events, ...head } = whole;
    const part: NativeBatch = { ...head, batch: createId(), ...(drops === undefined ? {} : { drops }) };
    if (columns?.request !== undefined && from < rows)
      part.columns = { request: sliceColumns(columns.request, from, Math.min(to, rows)) };
    part.events = (events ?? []).slice(Math.max(0, from - rows), Math.max(0, to - rows));
    return {
      id: part.batch,
      events: to - from,
      json: Buffer.from(JSON.stringify(part), "utf8"),
      drops: drops ?? {},
      half: true,
    };
  };
  return [cut(0, middle, whole.drops), cut(middle, batch.events, undefined)];
}

function sliceColumns<T extends { n: number }>(columns: T, from: number, to: number): T {
  const entries = Object.entries(columns).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.slice(from, to) : value,
  ]);
  return { ...(Object.fromEntries(entries) as T), n: to - from };
}
