import type { AlertRuleRow } from "@gatewatch/protocol";

const HOUR_MS = 3_600_000;

/** The rules that a new project begins with; all go to every enabled channel. */
export function defaultAlertRules(projectId: number): Omit<AlertRuleRow, "id">[] {
  const rule = (name: string, when: AlertRuleRow["when"]) => ({
    projectId,
    enabled: true,
    name,
    when,
    channels: [],
    cooldownMs: HOUR_MS,
  });
  return [
    rule("New issue", { kind: "newIssue" }),
    rule("An issue came back", { kind: "regression" }),
    rule("Critical issue", { kind: "criticalSeverity" }),
    rule("Many errors on one route", { kind: "errorCount", threshold: 10, windowMs: 300_000 }),
  ];
}
