import type { AnalysisCategory, Severity } from "@gatewatch/protocol";

export const AGENT_ACTIONS = ["log_only", "notify_admin", "trigger_workflow", "escalate"] as const;
export type AgentAction = (typeof AGENT_ACTIONS)[number];

/** The analysis that `POST /api/v1/analyze-error` answers with at once. */
export interface InstantAnalysis {
  /** `preliminary` while a model is still to be asked. */
  status: "preliminary" | "complete";
  severity: Severity;
  category: AnalysisCategory;
  /** 0 to 1. */
  confidence: number;
  root_cause: string;
  suggested_fix: string;
  reasoning: string;
  action: AgentAction;
  /** 1 (now) to 5 (whenever). */
  priority: number;
}
