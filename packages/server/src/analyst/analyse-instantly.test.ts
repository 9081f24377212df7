import type { ErrorEvent } from "@gatewatch/protocol";
import { describe, expect, it } from "vitest";
import { analyseInstantly } from "./analyse-instantly.ts";
import { tryJudgeByKeywords } from "./keyword-rules.ts";
import { routeEvent } from "./route-event.ts";

describe("analyseInstantly()", () => {
  it("speaks the words of the agent API", () => {
    const event: ErrorEvent = {
      type: "error",
      time: 0,
      id: "e",
      level: "error",
      handled: false,
      mechanism: "foreign",
      exceptions: [
        {
          type: "KeyError",
          message: "'customer'",
          frames: [{ file: "shop/views.py", line: 12, function: "pay", inApp: true }],
        },
      ],
    };
    expect(analyseInstantly(event)).toEqual({
      status: "complete",
      severity: "medium",
      category: "system_error",
      confidence: 0.9,
      root_cause: "The key `customer` is not in the dictionary that views.py:12 reads.",
      suggested_fix:
        'Use `.get("customer")` with a default at views.py:12, or check the input for it first and answer 400.',
      reasoning: "Severity medium: usual for a key error.",
      action: "notify_admin",
      priority: 3,
    });
    expect(analyseInstantly(event, true).status).toBe("preliminary");
  });
});

describe("analyseInstantly(), of an error that the catalogue does not know", () => {
  const unknown = (message: string, more: Partial<ErrorEvent> = {}): ErrorEvent => ({
    type: "error",
    time: 0,
    id: "e",
    level: "error",
    handled: false,
    mechanism: "foreign",
    exceptions: [{ type: "ShopError", message, frames: [] }],
    ...more,
  });

  it("goes by the words of the message", () => {
    expect(analyseInstantly(unknown("odd voucher format"))).toMatchObject({
      category: "validation_error",
      severity: "low",
      confidence: 0.9,
      reasoning: 'The message contains "format".',
      action: "log_only",
      priority: 5,
    });
  });

  it("is never ignorable for want of words, and what ended the process stays critical", () => {
    expect(analyseInstantly(unknown("out of coffee"))).toMatchObject({ category: "system_error", severity: "medium" });
    expect(analyseInstantly(unknown("odd voucher format", { level: "fatal" })).severity).toBe("critical");
  });
});

describe("routeEvent()", () => {
  it.each([
    ["security_issue", "critical", "escalate", 1],
    ["security_issue", "low", "notify_admin", 3],
    ["system_error", "high", "trigger_workflow", 2],
    ["performance_issue", "critical", "trigger_workflow", 2],
    ["validation_error", "low", "log_only", 5],
    ["ignorable", "critical", "log_only", 5],
  ] as const)("sends %s of severity %s to %s with priority %i", (category, severity, action, priority) => {
    expect(routeEvent(category, severity)).toEqual({ action, priority });
  });
});

describe("tryJudgeByKeywords()", () => {
  it.each([
    ["Authentication failed: invalid format", "security_issue", "high", 0.85],
    ["INVALID input", "validation_error", "low", 0.9],
    ["Required field missing", "validation_error", "low", 0.9],
    ["Connection timeout", "system_error", "medium", 0.8],
  ] as const)("judges %j", (message, category, severity, confidence) => {
    expect(tryJudgeByKeywords(message)).toMatchObject({ category, severity, confidence });
  });

  it("says nothing of a message without such a word", () => {
    expect(tryJudgeByKeywords("something else")).toBeUndefined();
  });
});
