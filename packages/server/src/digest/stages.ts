import type { DigestTx } from "../model/store.ts";
import { addTraffic } from "./add-traffic.ts";
import { applyCheckIns } from "./apply-check-ins.ts";
import { applyProjectErrors } from "./apply-project-errors.ts";
import { countReleases } from "./count-releases.ts";
import type { DigestUnit } from "./digest-unit.ts";
import { dropDuplicates } from "./drop-duplicates.ts";
import { keepFeedback } from "./keep-feedback.ts";
import { keepEvents } from "./keep-events.ts";
import { mapFrames } from "./map-frames.ts";
import { parseBatches } from "./parse-batches.ts";
import type { DigestPorts } from "./ports.ts";
import { raiseAlerts } from "./raise-alerts.ts";
import { recoverIssues } from "./recover-issues.ts";
import type { ReleaseBudget } from "./release-budget.ts";
import type { RouteBudget } from "./route-budget.ts";
import { rollUpRequests } from "./roll-up-requests.ts";

/** What stages may use besides the unit and its transaction. */
export interface StageContext {
  ports: DigestPorts;
  routes: RouteBudget;
  releases: ReleaseBudget;
  /** Address of the dashboard, for links in alerts. */
  publicUrl: string | null;
}

export interface DigestStage {
  readonly name: string;
  run(unit: DigestUnit, tx: DigestTx, context: StageContext): Promise<void> | void;
}

/** The way of every unit, in this order and in one transaction. The runner times and counts each. */
export const DIGEST_STAGES: readonly DigestStage[] = [
  { name: "parse", run: parseBatches },
  { name: "dedupe", run: dropDuplicates },
  { name: "traffic", run: addTraffic },
  { name: "monitors", run: applyCheckIns },
  { name: "map", run: mapFrames },
  { name: "group", run: applyProjectErrors },
  { name: "recover", run: recoverIssues },
  { name: "releases", run: countReleases },
  { name: "feedback", run: keepFeedback },
  { name: "roll up", run: rollUpRequests },
  { name: "keep", run: keepEvents },
  { name: "decide", run: raiseAlerts },
];
