import type { Analysis, AnalysisClaim } from "@gatewatch/protocol";
import type { EvidencePack } from "../../model/analyst.ts";
import { cleanText } from "../clean-text.ts";
import type { ModelAnswer } from "./model-answer.ts";

const MAX_NOTES = 4;
const MAX_SUMMARY_WORDS = 40;
const MAX_CLAIM_CHARACTERS = 1000;

/** What is left of an answer once every claim without real evidence is taken out. */
export type CheckedAnswer = Pick<
  Analysis,
  "category" | "severity" | "confidence" | "summary" | "rootCause" | "location" | "fix" | "notes" | "droppedClaims"
>;

/** Undefined when the root cause itself rests on nothing that exists: then nothing of the answer is shown. */
export function checkAnswer(answer: ModelAnswer, pack: EvidencePack): CheckedAnswer | undefined {
  const ids = new Set(pack.evidence.map(({ id }) => id));
  let droppedClaims = 0;
  const keep = ({ text, evidence }: { text: string; evidence: string[] }): AnalysisClaim | undefined => {
    const cited = [...new Set(evidence)];
    if (cited.length > 0 && cited.every((id) => ids.has(id)) && text.trim() !== "")
      return { text: cleanText(text, MAX_CLAIM_CHARACTERS), evidence: cited };
    droppedClaims += 1;
    return undefined;
  };
  const rootCause = keep(answer.root_cause);
  if (rootCause === undefined) return undefined;
  const fix = keep(answer.fix);
  const notes = answer.notes
    .slice(0, MAX_NOTES)
    .map(keep)
    .filter((note) => note !== undefined);
  const location = findLocation(answer.location, pack);
  if (answer.location !== null && location === null) droppedClaims += 1;
  return {
    category: answer.category,
    severity: answer.severity,
    // What it made up tells how far to trust the rest.
    confidence: clamp(answer.confidence) * (droppedClaims === 0 ? 1 : 0.7),
    summary: cutWords(cleanText(answer.summary, MAX_CLAIM_CHARACTERS)),
    rootCause,
    location,
    fix: {
      kind: answer.fix.kind,
      text: fix?.text ?? "No fix that rests on evidence was given.",
      evidence: fix?.evidence ?? [],
    },
    notes,
    droppedClaims,
  };
}

/** A location is shown only as a frame of the evidence has it. */
function findLocation(claimed: ModelAnswer["location"], pack: EvidencePack): Analysis["location"] {
  if (claimed === null) return null;
  for (const { kind, data } of pack.evidence) {
    if (kind !== "frame") continue;
    const frame = data as { file: string; line: number | null; function: string | null };
    if (frame.file === claimed.file && (claimed.line === null || claimed.line === frame.line))
      return { file: frame.file, line: frame.line, function: frame.function };
  }
  return null;
}

function clamp(value: number): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}

function cutWords(text: string): string {
  const words = text.split(/\s+/);
  return words.length <= MAX_SUMMARY_WORDS ? text : `${words.slice(0, MAX_SUMMARY_WORDS).join(" ")}…`;
}
