import { decideAlerts } from "../alerts/decide-alerts.ts";
import { analyseIssues } from "../analyst/analyse-issues.ts";
import { judgeSeverity } from "../analyst/rules/assess-severity.ts";
import { applyErrors } from "../issues/apply-errors.ts";
import { createFrameMapper } from "../sourcemaps/create-frame-mapper.ts";
import { resolveRecovered } from "../issues/resolve-recovered.ts";
import type { DigestPorts } from "./ports.ts";

/** The modules that the server's digest works with. `hasModel`: a model explains issues too, later and elsewhere. */
export function createServerPorts({ hasModel }: { hasModel: boolean }): DigestPorts {
  return {
    mapFrames: createFrameMapper(),
    applyErrors: (tx, projectId, arrivals, now) => applyErrors(tx, projectId, arrivals, now, judgeSeverity),
    resolveRecovered,
    analyseIssues: (tx, errors, now) => analyseIssues(tx, errors, now, { hasModel }),
    decideAlerts,
  };
}
