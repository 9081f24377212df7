import type { AnalysisCategory, Severity } from "@gatewatch/protocol";

export type AgentAction = "log_only" | "notify_admin" | "trigger_workflow" | "escalate";

/** 1 (now) to 5 (whenever). */
export type AgentPriority = 1 | 2 | 3 | 4 | 5;

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
  priority: AgentPriority;
}
