import type { ProjectRow } from "@gatewatch/protocol";
import type { ProjectRecord, TelemetryStore } from "../../model/store.ts";

const DAY_MS = 86_400_000;

/** A project as lists show it. */
export async function toProjectRow(
  telemetry: Pick<TelemetryStore, "countRequests">,
  project: ProjectRecord,
  now: number,
): Promise<ProjectRow> {
  return {
    id: project.id,
    name: project.name,
    slug: project.slug,
    createdAt: project.createdAt,
    eventsLast24h: await telemetry.countRequests(project.id, now - DAY_MS, now),
  };
}
