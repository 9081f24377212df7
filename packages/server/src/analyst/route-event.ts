import type { AnalysisCategory, Severity } from "@gatewatch/protocol";
import type { AgentAction, AgentPriority } from "../model/instant-analysis.ts";

type Route = { action: AgentAction; priority: AgentPriority };

const route = (action: AgentAction, priority: AgentPriority): Route => ({ action, priority });

/** Which action follows from kind and severity, and how soon (1 first, 5 last). */
const ROUTES: Record<AnalysisCategory, Record<Severity, Route>> = {
  security_issue: {
    critical: route("escalate", 1),
    high: route("escalate", 1),
    medium: route("notify_admin", 2),
    low: route("notify_admin", 3),
  },
  system_error: {
    critical: route("escalate", 1),
    high: route("trigger_workflow", 2),
    medium: route("notify_admin", 3),
    low: route("log_only", 4),
  },
  performance_issue: {
    critical: route("trigger_workflow", 2),
    high: route("trigger_workflow", 2),
    medium: route("notify_admin", 3),
    low: route("log_only", 4),
  },
  validation_error: {
    critical: route("notify_admin", 3),
    high: route("notify_admin", 3),
    medium: route("log_only", 4),
    low: route("log_only", 5),
  },
  ignorable: {
    critical: route("log_only", 5),
    high: route("log_only", 5),
    medium: route("log_only", 5),
    low: route("log_only", 5),
  },
};

export function routeEvent(category: AnalysisCategory, severity: Severity): Route {
  return ROUTES[category][severity];
}
