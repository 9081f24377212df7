import type { AnalysisCategory, Json, Severity } from "@gatewatch/protocol";
import type { AgentDecision, AgentJudgement } from "../model/agent.ts";
import type { AgentAction } from "../model/instant-analysis.ts";
import type { AgentRules } from "../model/agent-rules.ts";
import { routeEvent } from "./route-event.ts";

const WORKFLOWS: Partial<Record<AnalysisCategory, string>> = {
  system_error: "system_recovery",
  performance_issue: "performance_optimization",
  security_issue: "security_response",
};

const CHANNELS: Partial<Record<AgentAction, readonly string[]>> = {
  escalate: ["email", "sms", "slack"],
  notify_admin: ["email", "slack"],
};

/** What the older orchestrator of these agents would be told to do. */
function orchestrate(category: AnalysisCategory, severity: Severity): { action: string; priority: number } {
  switch (category) {
    case "security_issue":
      return { action: "alert_security_team", priority: 1 };
    case "system_error":
    case "performance_issue":
      return { action: "log_and_monitor", priority: severity === "high" || severity === "critical" ? 2 : 3 };
    case "validation_error":
      return { action: "return_validation_error", priority: 4 };
    case "ignorable":
      return { action: "log_only", priority: 5 };
    default:
      return category satisfies never;
  }
}

/** What to do about an event of this kind: the project's own rule, else the table's. */
export function decideAgentAction(
  { category, severity }: Pick<AgentJudgement, "category" | "severity">,
  rules: AgentRules,
  context?: Json,
): AgentDecision {
  const own = rules.find(category, severity);
  const { action, priority } = own ?? routeEvent(category, severity);
  const metadata: Record<string, Json> = {
    requires_immediate_action: action === "escalate" || action === "trigger_workflow",
    user_facing: category === "validation_error",
    orchestration: orchestrate(category, severity),
    rule: own === undefined ? "table" : "custom",
    original_context: context ?? {},
  };
  if (action === "escalate") metadata["escalation_level"] = "immediate";
  const channels = CHANNELS[action];
  if (channels !== undefined) metadata["notify_channels"] = [...channels];
  if (action === "trigger_workflow") metadata["workflow_type"] = WORKFLOWS[category] ?? "generic_handler";
  if (rules.problems.length > 0) metadata["skipped_rules"] = rules.problems;
  return { category, severity, action, priority, metadata };
}
