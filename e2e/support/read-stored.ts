import type { ErrorEvent, LogEvent } from "@gatewatch/protocol";
import type { ChunkRecord } from "../../packages/server/src/model/rollup.ts";
import { RequestChunk } from "../../packages/server/src/model/chunk-codec.ts";
import { decodeEventChunk } from "../../packages/server/src/model/event-chunk-codec.ts";
import { openStoreEngine } from "../../packages/server/src/store/open-store.ts";

export interface Stored {
  paths: string[];
  errors: ErrorEvent[];
  logs: LogEvent[];
  /** Every text of every chunk, decoded. */
  texts: string[];
}

const REQUEST_TEXTS = [
  "path",
  "route",
  "host",
  "client",
  "userAgent",
  "userId",
  "requestId",
  "errorId",
  "attributes",
] as const;

/** What the chunks of a project say, once the server has stopped. */
export async function readStored(dataDir: string, slug: string): Promise<Stored> {
  const store = await openStoreEngine({ engine: "sqlite", dataDir });
  try {
    const project = await store.control.findProject(slug);
    if (project === null) throw new Error(`There is no project ${slug}.`);
    const all = [0, Number.MAX_SAFE_INTEGER, 1_000_000] as const;
    const read = (kind: ChunkRecord["kind"]) => store.telemetry.chunks(project.id, kind, ...all);
    const requests = (await read("request")).map(({ body }) => new RequestChunk(body));
    const columns = REQUEST_TEXTS.map((name) =>
      requests.flatMap((chunk) => Array.from({ length: chunk.n }, (_, row) => chunk.strings(name).get(row) ?? "")),
    );
    const [errors, logs, metrics, customs] = await Promise.all(
      (["error", "log", "metric", "custom"] as const).map(async (kind) =>
        (await read(kind)).flatMap(({ body }) => decodeEventChunk(body).map(({ json }) => json)),
      ),
    );
    return {
      paths: columns[0]!,
      errors: errors!.map((json) => JSON.parse(json) as ErrorEvent),
      logs: logs!.map((json) => JSON.parse(json) as LogEvent),
      texts: [...columns.flat(), ...errors!, ...logs!, ...metrics!, ...customs!],
    };
  } finally {
    await store.close();
  }
}
