import type { AnalysisCategory, Severity } from "@gatewatch/protocol";

/** What the agent API says of a message; its clients know these rules to the letter. */
export interface KeywordVerdict {
  category: AnalysisCategory;
  severity: Severity;
  confidence: number;
  reasoning: string;
}

const RULES: { words: string[]; category: AnalysisCategory; severity: Severity; confidence: number }[] = [
  {
    words: ["unauthorized", "forbidden", "authentication", "injection"],
    category: "security_issue",
    severity: "high",
    confidence: 0.85,
  },
  {
    words: ["invalid", "validation", "required field", "format"],
    category: "validation_error",
    severity: "low",
    confidence: 0.9,
  },
  {
    words: ["database", "connection", "timeout", "internal server"],
    category: "system_error",
    severity: "medium",
    confidence: 0.8,
  },
];

/** Judges a message by its words alone; the first rule that has one of them decides, undefined when none has. */
export function tryJudgeByKeywords(message: string): KeywordVerdict | undefined {
  const text = message.toLowerCase();
  for (const { words, ...verdict } of RULES) {
    const word = words.find((candidate) => text.includes(candidate));
    if (word !== undefined) return { ...verdict, reasoning: `The message contains "${word}".` };
  }
  return undefined;
}
