import { decodeEventChunk } from "../model/event-chunk-codec.ts";
import { RequestChunk } from "../model/chunk-codec.ts";
import type { RollupTable } from "../model/rollup.ts";
import { Sketch } from "../model/sketch.ts";
import type { Store } from "../model/store.ts";

const ROLLUP_TABLE_NAMES: readonly RollupTable[] = [
  "minute",
  "minute_route",
  "five_minute",
  "five_minute_route",
  "hour",
  "hour_route",
  "day",
  "day_route",
];

/** Test support: what each representation of a project's events says; all of them must agree. */
export async function countStored(store: Pick<Store, "telemetry" | "issues">, projectId: number) {
  const all = [0, Number.MAX_SAFE_INTEGER] as const;
  const rollups: Record<string, { count: number; sumUs: number; inSketches: number }> = {};
  for (const table of ROLLUP_TABLE_NAMES) {
    const cells = await store.telemetry.rollups(table, projectId, ...all);
    rollups[table] = {
      count: cells.reduce((sum, cell) => sum + cell.count, 0),
      sumUs: cells.reduce((sum, cell) => sum + cell.sumUs, 0),
      inSketches: cells.reduce((sum, cell) => sum + Sketch.parse(cell.sketch).count, 0),
    };
  }
  const requests = { count: 0, sumUs: 0 };
  for (const { body } of await store.telemetry.chunks(projectId, "request", ...all, 1_000_000)) {
    const chunk = new RequestChunk(body);
    const durations = chunk.numbers("durationUs");
    for (let row = 0; row < chunk.n; row++) requests.sumUs += durations.get(row) ?? 0;
    requests.count += chunk.n;
  }
  const inChunks = async (kind: "error" | "log") => {
    const chunks = await store.telemetry.chunks(projectId, kind, ...all, 1_000_000);
    return chunks.reduce((sum, { body }) => sum + decodeEventChunk(body).length, 0);
  };
  const { issues } = await store.issues.query({ projectId, sort: "events", limit: 100 });
  let inHashes = 0;
  for (const { id } of issues)
    for (const { events } of await store.issues.listHashes(projectId, id)) inHashes += events;
  return {
    requests,
    rollups,
    errors: await inChunks("error"),
    logs: await inChunks("log"),
    inIssues: issues.reduce((sum, { events }) => sum + events, 0),
    inHashes,
    issues: issues.length,
  };
}
