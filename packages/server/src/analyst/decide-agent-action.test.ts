import type { AnalysisCategory, ErrorEvent, Severity } from "@gatewatch/protocol";
import { describe, expect, it } from "vitest";
import { parseAgentRules } from "../model/agent-rules.ts";
import { decideAgentAction } from "./decide-agent-action.ts";
import { judgeError, judgeMessage } from "./judge-for-agent.ts";

const NO_RULES = parseAgentRules(undefined);

describe("decideAgentAction()", () => {
  it.each([
    ["security_issue", "critical", "escalate", 1],
    ["security_issue", "high", "escalate", 1],
    ["security_issue", "medium", "notify_admin", 2],
    ["security_issue", "low", "notify_admin", 3],
    ["system_error", "critical", "escalate", 1],
    ["system_error", "high", "trigger_workflow", 2],
    ["system_error", "medium", "notify_admin", 3],
    ["system_error", "low", "log_only", 4],
    ["performance_issue", "critical", "trigger_workflow", 2],
    ["performance_issue", "high", "trigger_workflow", 2],
    ["performance_issue", "medium", "notify_admin", 3],
    ["performance_issue", "low", "log_only", 4],
    ["validation_error", "critical", "notify_admin", 3],
    ["validation_error", "high", "notify_admin", 3],
    ["validation_error", "medium", "log_only", 4],
    ["validation_error", "low", "log_only", 5],
    ["ignorable", "critical", "log_only", 5],
    ["ignorable", "low", "log_only", 5],
  ] as const)("%s, %s: %s, priority %i", (category, severity, action, priority) => {
    const decision = decideAgentAction({ category, severity }, NO_RULES, { a: 1 });
    expect(decision).toMatchObject({
      category,
      severity,
      action,
      priority,
      metadata: {
        requires_immediate_action: action === "escalate" || action === "trigger_workflow",
        user_facing: category === "validation_error",
        rule: "table",
        original_context: { a: 1 },
      },
    });
  });

  it.each([
    ["security_issue", "high", { escalation_level: "immediate", notify_channels: ["email", "sms", "slack"] }],
    ["system_error", "medium", { notify_channels: ["email", "slack"] }],
    ["system_error", "high", { workflow_type: "system_recovery" }],
    ["performance_issue", "high", { workflow_type: "performance_optimization" }],
    ["security_issue", "low", { orchestration: { action: "alert_security_team", priority: 1 } }],
    ["system_error", "low", { orchestration: { action: "log_and_monitor", priority: 3 } }],
    ["system_error", "critical", { orchestration: { action: "log_and_monitor", priority: 2 } }],
    ["validation_error", "low", { orchestration: { action: "return_validation_error", priority: 4 } }],
    ["ignorable", "low", { orchestration: { action: "log_only", priority: 5 }, original_context: {} }],
  ] as const)("says of %s, %s what else there is", (category, severity, metadata) => {
    expect(decideAgentAction({ category, severity }, NO_RULES).metadata).toMatchObject(metadata);
  });

  it("follows a project's own rules, and names those that it skips", () => {
    const rules = parseAgentRules([
      { category: "ignorable", severity: "low", action: "trigger_workflow", priority: 1 },
      { category: "security_issue", severity: "low", action: "trigger_workflow", priority: 2 },
      { category: "weather", severity: "low", action: "escalate", priority: 1 },
      { category: "ignorable", severity: "dire", action: "escalate", priority: 1 },
      { category: "ignorable", severity: "high", action: "panic", priority: 1 },
      { category: "ignorable", severity: "high", action: "escalate", priority: 6 },
      "escalate",
      null,
    ]);
    expect(rules.count).toBe(2);
    expect(decideAgentAction({ category: "ignorable", severity: "low" }, rules)).toMatchObject({
      action: "trigger_workflow",
      priority: 1,
      metadata: {
        rule: "custom",
        workflow_type: "generic_handler",
        skipped_rules: [
          expect.stringMatching(/^rule 3: category must be one of/),
          expect.stringMatching(/^rule 4: severity/),
          expect.stringMatching(/^rule 5: action/),
          expect.stringMatching(/^rule 6: priority/),
          "rule 7: is no object",
          "rule 8: is no object",
        ],
      },
    });
    expect(decideAgentAction({ category: "security_issue", severity: "low" }, rules).metadata["workflow_type"]).toBe(
      "security_response",
    );
    expect(decideAgentAction({ category: "system_error", severity: "low" }, rules).action).toBe("log_only");
    expect(parseAgentRules({}).problems).toEqual(["the rules are no list"]);
    expect(parseAgentRules(Array.from({ length: 101 }, () => null)).problems[0]).toBe(
      "only the first 100 rules are read",
    );
  });
});

describe("what an agent is told of a message", () => {
  it.each([
    ["Unauthorized access, invalid token", "security_issue", "high", 0.85],
    ["Invalid e-mail FORMAT", "validation_error", "low", 0.9],
    ["Database connection lost", "system_error", "medium", 0.8],
    ["Something else", "ignorable", "low", 0.7],
  ] as [string, AnalysisCategory, Severity, number][])("%s: %s", (message, category, severity, confidence) => {
    expect(judgeMessage(message)).toMatchObject({ category, severity, confidence });
  });

  it("asks the catalogue where the words of an error say nothing", () => {
    const errorOf = (type: string, message: string): ErrorEvent => ({
      type: "error",
      time: 0,
      id: "e",
      level: "error",
      handled: false,
      mechanism: "foreign",
      exceptions: [{ type, message, frames: [] }],
    });
    expect(judgeError(errorOf("ValueError", "Invalid user data"))).toMatchObject({ category: "validation_error" });
    expect(judgeError(errorOf("Odd", "something happened"))).toMatchObject({ category: "ignorable", confidence: 0.7 });
    expect(judgeError(errorOf("TypeError", "Cannot read properties of undefined (reading 'x')")).category).toBe(
      "system_error",
    );
  });
});
