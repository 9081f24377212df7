import { ANALYSIS_CATEGORIES, SEVERITIES } from "@gatewatch/protocol";
import { z } from "zod";

const FIX_KINDS = ["code", "config", "data", "dependency", "infra", "not_a_bug"] as const;

// No lengths or ranges here: the strict modes of some servers refuse schemas that have them. `checkAnswer` bounds the values.
const MODEL_ANSWER = z.strictObject({
  summary: z.string().describe("What is wrong, in at most 40 words."),
  category: z.enum(ANALYSIS_CATEGORIES),
  severity: z.enum(SEVERITIES),
  confidence: z.number().describe("0 to 1; below 0.5 when the evidence does not settle it."),
  root_cause: z.strictObject({
    text: z.string().describe("The mechanism that leads to the error."),
    evidence: z.array(z.string()).describe("Ids of the evidence that shows it, for example E1 and F2."),
  }),
  location: z
    .strictObject({ file: z.string(), line: z.number().nullable(), function: z.string().nullable() })
    .nullable()
    .describe("The line to change, copied from a frame; null when no frame shows it."),
  fix: z.strictObject({
    kind: z.enum(FIX_KINDS),
    text: z.string().describe("What to change, in a few sentences."),
    evidence: z.array(z.string()),
  }),
  notes: z
    .array(z.strictObject({ text: z.string(), evidence: z.array(z.string()) }))
    .describe("At most 4 further facts worth knowing, each with its evidence."),
});

export type ModelAnswer = z.infer<typeof MODEL_ANSWER>;

/** JSON Schema of the answer, for the servers' structured modes. */
export const MODEL_ANSWER_SCHEMA = (() => {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(MODEL_ANSWER);
  return schema;
})();

/** The answer, or in words what is wrong with it. */
export function readModelAnswer(text: string): { ok: true; answer: ModelAnswer } | { ok: false; problem: string } {
  const json = text.trim().replaceAll(/^```(?:json)?\s*|\s*```$/g, "");
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { ok: false, problem: "it is no JSON object" };
  }
  const parsed = MODEL_ANSWER.safeParse(value);
  if (parsed.success) return { ok: true, answer: parsed.data };
  const problem = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join(".") || "answer"}: ${issue.message}`)
    .join("; ");
  return { ok: false, problem };
}
