import type { ErrorEvent } from "@gatewatch/protocol";
import type { AgentJudgement } from "../model/agent.ts";
import { analyseInstantly } from "./analyse-instantly.ts";
import { tryJudgeByKeywords } from "./keyword-rules.ts";
import { UNKNOWN_CONFIDENCE } from "./rules/analyse-by-rules.ts";

const IGNORABLE: AgentJudgement = {
  category: "ignorable",
  severity: "low",
  confidence: 0.7,
  reasoning: "No word of the message is known.",
};

/** By the words of the message, as clients of the agent API know them; without such a word it is ignorable. */
export function judgeMessage(message: string): AgentJudgement {
  return tryJudgeByKeywords(message) ?? IGNORABLE;
}

/** The same for an error, which the catalogue of rules may know where its words say nothing. */
export function judgeError(event: ErrorEvent): AgentJudgement {
  const byWords = tryJudgeByKeywords(event.exceptions[0]?.message ?? "");
  if (byWords !== undefined) return byWords;
  const { category, severity, confidence, reasoning } = analyseInstantly(event);
  return confidence > UNKNOWN_CONFIDENCE ? { category, severity, confidence, reasoning } : IGNORABLE;
}
