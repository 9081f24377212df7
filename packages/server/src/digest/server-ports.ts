import { decideAlerts } from "../alerts/decide-alerts.ts";
import { applyErrors } from "../issues/apply-errors.ts";
import type { DigestPorts } from "./ports.ts";

/** The modules that the server's digest works with. */
export const SERVER_PORTS: DigestPorts = {
  applyErrors: (tx, projectId, arrivals, now) => applyErrors(tx, projectId, arrivals, now),
  analyseIssues: async () => new Map(),
  decideAlerts,
};
