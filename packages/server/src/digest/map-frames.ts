import type { ErrorEvent } from "@gatewatch/protocol";
import type { DigestTx } from "../model/store.ts";
import type { DigestUnit, ParsedBatch } from "./digest-unit.ts";
import type { StageContext } from "./stages.ts";

/** Puts the frames of generated scripts where their sources have them; telemetry is kept as it came. */
export async function mapFrames(unit: DigestUnit, tx: DigestTx, { ports }: StageContext): Promise<void> {
  for (const { projectId, batches } of unit.projects.values()) {
    const places = batches.flatMap(errorsOf);
    if (places.length === 0) continue;
    const mapped = await ports.mapFrames(tx, projectId, places);
    for (const [index, { batch, at }] of places.entries()) batch.events![at] = mapped[index]!;
  }
}

function errorsOf({ batch }: ParsedBatch): {
  event: ErrorEvent;
  release: string | null;
  batch: ParsedBatch["batch"];
  at: number;
}[] {
  const release = batch.resource?.release ?? null;
  return (batch.events ?? []).flatMap((event, at) => (event.type === "error" ? [{ event, release, batch, at }] : []));
}
