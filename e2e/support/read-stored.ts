import type { ErrorEvent } from "@gatewatch/protocol";
import { RequestChunk } from "../../packages/server/src/model/chunk-codec.ts";
import { decodeEventChunk } from "../../packages/server/src/model/event-chunk-codec.ts";
import { openStoreEngine } from "../../packages/server/src/store/open-store.ts";

/** What the chunks of a project say, once the server has stopped. */
export async function readStored(dataDir: string, slug: string): Promise<{ paths: string[]; errors: ErrorEvent[] }> {
  const store = await openStoreEngine({ engine: "sqlite", dataDir });
  try {
    const project = await store.control.findProject(slug);
    if (project === null) throw new Error(`There is no project ${slug}.`);
    const all = [0, Number.MAX_SAFE_INTEGER, 1_000_000] as const;
    const paths = (await store.telemetry.chunks(project.id, "request", ...all)).flatMap(({ body }) => {
      const chunk = new RequestChunk(body);
      const column = chunk.strings("path");
      return Array.from({ length: chunk.n }, (_, row) => column.get(row) ?? "");
    });
    const errors = (await store.telemetry.chunks(project.id, "error", ...all)).flatMap(({ body }) =>
      decodeEventChunk(body).map(({ json }) => JSON.parse(json) as ErrorEvent),
    );
    return { paths, errors };
  } finally {
    await store.close();
  }
}
