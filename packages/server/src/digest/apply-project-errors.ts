import type { ErrorArrival } from "../model/applied-errors.ts";
import type { DigestTx } from "../model/store.ts";
import type { DigestUnit, ProjectUnit } from "./digest-unit.ts";
import type { StageContext } from "./stages.ts";

/** Groups every error event into its issue. */
export async function applyProjectErrors(unit: DigestUnit, tx: DigestTx, { ports }: StageContext): Promise<void> {
  for (const project of unit.projects.values()) {
    const arrivals = collectArrivals(project);
    if (arrivals.length > 0) project.errors = await ports.applyErrors(tx, project.projectId, arrivals, unit.now);
  }
}

function collectArrivals({ batches }: ProjectUnit): ErrorArrival[] {
  const arrivals: ErrorArrival[] = [];
  for (const { entry, batch } of batches) {
    const rows = batch.columns?.request?.n ?? 0;
    for (const [i, event] of (batch.events ?? []).entries()) {
      if (event.type !== "error") continue;
      arrivals.push({
        event,
        id: event.id || `${batch.batch}:${rows + i}`,
        receivedAt: entry.receivedAt,
        ...(batch.resource && { resource: batch.resource }),
      });
    }
  }
  return arrivals;
}
