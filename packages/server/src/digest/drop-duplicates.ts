import type { JournalEntry } from "../model/journal.ts";
import type { DigestTx } from "../model/store.ts";
import type { DigestUnit, ParsedBatch, ProjectUnit } from "./digest-unit.ts";

/** Keeps the first arrival of every batch, whether the other came in this unit or long ago, and sorts the rest by project. */
export async function dropDuplicates(unit: DigestUnit, tx: DigestTx): Promise<void> {
  const seen = new Set<string>();
  const first = unit.batches.filter(({ entry }) => {
    const key = identify(entry);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  const known = new Set(
    await tx.addBatches(
      first.map(({ entry, events }) => ({
        id: entry.batchId,
        projectId: entry.projectId,
        receivedAt: entry.receivedAt,
        events,
      })),
    ),
  );
  const fresh = first.filter((_, index) => !known.has(index));
  unit.duplicates = unit.batches.length - fresh.length;
  unit.batches = fresh;
  for (const batch of fresh) addToProject(unit, batch);
}

function addToProject(unit: DigestUnit, parsed: ParsedBatch): void {
  const { projectId } = parsed.entry;
  let project = unit.projects.get(projectId);
  if (!project) unit.projects.set(projectId, (project = createProjectUnit(projectId)));
  project.batches.push(parsed);
  project.requests += parsed.batch.columns?.request?.n ?? 0;
  unit.events += parsed.events;
}

function createProjectUnit(projectId: number): ProjectUnit {
  return {
    projectId,
    batches: [],
    requests: 0,
    errors: { projectId, issues: [], issueByEvent: new Map(), exceptions: [] },
    routeErrors: [],
    recovered: new Map(),
  };
}

function identify({ projectId, batchId }: JournalEntry): string {
  return `${projectId} ${Buffer.from(batchId.buffer, batchId.byteOffset, 16).toString("latin1")}`;
}
