import type { Analysis, ErrorEvent } from "@gatewatch/protocol";
import type { EvidencePack } from "../../model/analyst.ts";
import { cleanText } from "../clean-text.ts";
import { buildEvidencePack } from "../evidence-pack.ts";
import type { IssueFacts } from "../issue-facts.ts";
import { findSpecial } from "./find-special.ts";
import { findKnownFailure } from "./known-failures.ts";
import { readSignals, type ReadSignals } from "./read-signals.ts";
import { weighSeverity } from "./assess-severity.ts";

const MAX_SUMMARY_WORDS = 40;
/** How sure the analysis is of an error that no entry of the catalogue knows. */
export const UNKNOWN_CONFIDENCE = 0.4;

/** Explains an issue at once and always, without a model: what a practised reader sees in the stack and the words. */
export function analyseByRules(
  event: ErrorEvent,
  facts: IssueFacts,
  now: number,
  pack: EvidencePack = buildEvidencePack(event, facts),
): Analysis {
  const candidates = readSignals(event);
  const found = candidates
    .map((read) => ({ read, known: findKnownFailure(read.signals) }))
    .find(({ known }) => known !== undefined);
  const read = found?.read ?? candidates[0];
  const known = found?.known;
  const { severity, reason } = weighSeverity(event, known?.failure, {
    users: facts.users,
    ...(facts.spread === null ? {} : { recent: facts.spread.reach }),
  });
  const cites = citationsOf(read, pack);
  const words = known?.words ?? describeUnknown(read);
  return {
    issueId: facts.issueId,
    provider: "rules",
    model: null,
    status: "complete",
    createdAt: now,
    evidenceDigest: pack.digest,
    category: known?.failure.category ?? "system_error",
    severity,
    confidence: known?.failure.confidence ?? UNKNOWN_CONFIDENCE,
    summary: cutWords(words.cause, MAX_SUMMARY_WORDS),
    rootCause: { text: words.cause, evidence: cites },
    location: locationOf(read),
    fix: { kind: known?.failure.fixKind ?? "code", text: words.fix, evidence: cites },
    notes: [
      {
        text: `Severity ${severity}: ${reason}.`,
        evidence: cites.slice(0, 1),
      },
      ...findSpecial(facts, pack.evidence),
    ],
    droppedClaims: 0,
    evidence: pack.evidence,
  };
}

function citationsOf(read: ReadSignals | undefined, pack: EvidencePack): string[] {
  const ids = new Set(pack.evidence.map(({ id }) => id));
  return [read?.exceptionId, read?.frameId].filter((id) => id !== undefined && id !== null).filter((id) => ids.has(id));
}

function locationOf(read: ReadSignals | undefined): Analysis["location"] {
  const frame = read?.frame;
  if (frame === undefined || frame === null) return null;
  return {
    file: cleanText(frame.file, 300),
    line: frame.line ?? null,
    function: frame.function === undefined ? null : cleanText(frame.function, 200),
  };
}

const THROWN_ON_PURPOSE = /^(?:if \((.{1,200})\) )?(?:throw |raise )/;

function describeUnknown(read: ReadSignals | undefined): { cause: string; fix: string } {
  if (read === undefined) return { cause: "The event names no exception.", fix: "Capture the error object itself." };
  const { type, message, place, source } = read.signals;
  const said = cleanText(message.trim() === "" ? type : `${type}: ${message.split("\n", 1)[0]}`, 200);
  const thrown = source === null ? null : THROWN_ON_PURPOSE.exec(source.trim());
  if (thrown !== null)
    return {
      cause: `The app itself throws \`${said}\` at ${place}${thrown[1] === undefined ? "" : `, because \`${thrown[1]}\``}.`,
      fix: `If callers can bring this about, catch \`${type}\` and answer with a 4xx; else find the data that leads to ${place}.`,
    };
  return {
    cause: `${place} ended with \`${said}\`${source === null ? "" : ` in \`${source.trim()}\``}.`,
    fix: `Look at ${place} and at the request that led there; no rule knows this error better.`,
  };
}

function cutWords(text: string, max: number): string {
  const words = text.split(/\s+/);
  return words.length <= max ? text : `${words.slice(0, max).join(" ")}…`;
}
