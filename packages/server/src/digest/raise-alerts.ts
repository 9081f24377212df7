import type { DigestTx } from "../model/store.ts";
import type { DigestUnit } from "./digest-unit.ts";
import type { StageContext } from "./stages.ts";

/** Explains what is new by rules and writes whom to tell into the outbox; sending happens later and elsewhere. */
export async function raiseAlerts(unit: DigestUnit, tx: DigestTx, { ports, publicUrl }: StageContext): Promise<void> {
  const { now } = unit;
  for (const { projectId, errors, routeErrors } of unit.projects.values()) {
    if (errors.issues.length === 0 && routeErrors.length === 0) continue;
    const analyses = errors.issues.length === 0 ? new Map() : await ports.analyseIssues(tx, errors, now);
    await ports.decideAlerts(tx, { projectId, now, errors, routeErrors, analyses, publicUrl });
  }
}
