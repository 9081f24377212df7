import type { AnalysisCategory, Attributes, ErrorEvent, Json, Severity } from "@gatewatch/protocol";
import type { AgentAction, AgentPriority } from "./instant-analysis.ts";

/** What to do about events of one kind, and how soon. */
export interface AgentRoute {
  action: AgentAction;
  priority: AgentPriority;
}

/** What the agent API answers about one event. */
export interface AgentDecision extends AgentRoute {
  category: AnalysisCategory;
  severity: Severity;
  metadata: Record<string, Json>;
}

/** What kind of event it is, and how bad. */
export interface AgentJudgement {
  category: AnalysisCategory;
  severity: Severity;
  /** 0 to 1. */
  confidence: number;
  reasoning: string;
}

/** An action that an agent asks for; `metadata` is redacted. */
export interface AgentOrder {
  /** One per order, however often it is carried out. */
  id: string;
  projectId: number;
  action: Exclude<AgentAction, "log_only">;
  metadata: Attributes;
  /** Epoch milliseconds. */
  at: number;
}

/** What came of it. */
export interface AgentOutcome {
  success: boolean;
  message: string;
  details: Record<string, Json>;
}

/** What the agent API asks of the rest of the server. */
export interface AgentVerbs {
  judgeMessage(message: string): AgentJudgement;
  judgeError(event: ErrorEvent): AgentJudgement;
  /** By the project's own rules, then by the table. */
  decide(
    projectId: number,
    judged: Pick<AgentJudgement, "category" | "severity">,
    context: Json | undefined,
  ): Promise<AgentDecision>;
  /** Resolves once the order is durable. */
  execute(order: AgentOrder): Promise<AgentOutcome>;
}
