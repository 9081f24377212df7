import type { AlertRuleRow } from "@gatewatch/protocol";

const HOUR_MS = 3_600_000;

/** The rules that a new project begins with; all go to every enabled channel. */
export function defaultAlertRules(projectId: number): Omit<AlertRuleRow, "id">[] {
  const rule = (name: string, when: AlertRuleRow["when"]) => createRule(projectId, name, when);
  return [
    rule("New issue", { kind: "newIssue" }),
    rule("An issue came back", { kind: "regression" }),
    rule("Critical issue", { kind: "criticalSeverity" }),
    rule("Many errors on one route", { kind: "errorCount", threshold: 10, windowMs: 300_000 }),
  ];
}

/** The rule that tells of what the detectors find. */
export function defaultAnomalyRule(projectId: number): Omit<AlertRuleRow, "id"> {
  return createRule(projectId, "Something unusual", { kind: "anomaly" });
}

function createRule(projectId: number, name: string, when: AlertRuleRow["when"]): Omit<AlertRuleRow, "id"> {
  return { projectId, enabled: true, name, when, channels: [], cooldownMs: HOUR_MS };
}
