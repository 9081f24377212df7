import { ANALYSIS_CATEGORIES, type AnalysisCategory, SEVERITIES, type Severity } from "@gatewatch/protocol";
import type { AgentRoute } from "./agent.ts";
import type { AgentAction, AgentPriority } from "./instant-analysis.ts";

/** Where a project's settings keep its own rules for agents. */
export const AGENT_RULES_SETTING = "agentRules";

export const AGENT_ACTIONS: readonly AgentAction[] = ["log_only", "notify_admin", "trigger_workflow", "escalate"];
/** Rules that a project may have; there are as many cells in the table. */
export const MAX_AGENT_RULES = 100;

/** A project's own rules, and what is wrong with those that cannot be used. */
export interface AgentRules {
  find(category: AnalysisCategory, severity: Severity): AgentRoute | undefined;
  count: number;
  /** `rule 2: …`, one for each that is skipped. */
  problems: string[];
}

/** Reads rules such as `{ category, severity, action, priority }`; of two for the same cell the later one counts. */
export function parseAgentRules(value: unknown): AgentRules {
  const routes = new Map<string, AgentRoute>();
  const problems: string[] = [];
  const given = Array.isArray(value) ? value : [];
  if (value !== undefined && value !== null && !Array.isArray(value)) problems.push("the rules are no list");
  if (given.length > MAX_AGENT_RULES) problems.push(`only the first ${MAX_AGENT_RULES} rules are read`);
  for (const [index, rule] of given.slice(0, MAX_AGENT_RULES).entries()) {
    const problem = findProblem(rule);
    if (problem !== undefined) {
      problems.push(`rule ${index + 1}: ${problem}`);
      continue;
    }
    const { category, severity, action, priority } = rule as AgentRoute & { category: string; severity: string };
    routes.set(`${category} ${severity}`, { action, priority });
  }
  return {
    find: (category, severity) => routes.get(`${category} ${severity}`),
    count: routes.size,
    problems,
  };
}

function findProblem(rule: unknown): string | undefined {
  if (typeof rule !== "object" || rule === null || Array.isArray(rule)) return "is no object";
  const fields = rule as Record<string, unknown>;
  return (
    findWrong(fields, "category", ANALYSIS_CATEGORIES) ??
    findWrong(fields, "severity", SEVERITIES) ??
    findWrong(fields, "action", AGENT_ACTIONS) ??
    (isPriority(fields["priority"]) ? undefined : "priority must be a whole number from 1 to 5")
  );
}

function findWrong(fields: Record<string, unknown>, name: string, allowed: readonly string[]): string | undefined {
  const value = fields[name];
  if (typeof value === "string" && allowed.includes(value)) return undefined;
  return `${name} must be one of ${allowed.join(", ")}`;
}

function isPriority(value: unknown): value is AgentPriority {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 5;
}
