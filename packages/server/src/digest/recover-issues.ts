import type { DigestTx } from "../model/store.ts";
import type { DigestUnit } from "./digest-unit.ts";
import type { StageContext } from "./stages.ts";

/** Resolves the issues of what was down and is well again. */
export async function recoverIssues(unit: DigestUnit, tx: DigestTx, { ports }: StageContext): Promise<void> {
  for (const { projectId, recovered } of unit.projects.values())
    if (recovered.size > 0) await ports.resolveRecovered(tx, projectId, [...recovered.values()]);
}
