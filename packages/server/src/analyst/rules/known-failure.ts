import type { Analysis, AnalysisCategory, Severity } from "@gatewatch/protocol";

/** The place when no frame is known. */
export const UNKNOWN_PLACE = "the code";

/** What an entry of the catalogue may look at: one exception and the app's frame nearest to it. Texts are cleaned and short. */
export interface FailureSignals {
  type: string;
  message: string;
  code: string | null;
  /** `file.ts:42`, or `UNKNOWN_PLACE` when no frame is known. */
  place: string;
  /** The line of source at that place, trimmed. */
  source: string | null;
  column: number | undefined;
  /** `address:port` or host named in the message. */
  peer: string | null;
}

/** What an entry knows of a match: words for people. */
export interface FailureWords {
  cause: string;
  fix: string;
}

/** One known way to fail. */
export interface KnownFailure {
  name: string;
  category: AnalysisCategory;
  /** Before users and the state of the process are weighed. */
  severity: Severity;
  fixKind: Analysis["fix"]["kind"];
  /** How sure the words are when it matches, 0 to 1. */
  confidence: number;
  /** Undefined when it is something else. */
  match(signals: FailureSignals): FailureWords | undefined;
}

/** A failure that is told by `error.code` alone. */
export function byCode(
  codes: string[],
  words: (signals: FailureSignals) => FailureWords,
): (signals: FailureSignals) => FailureWords | undefined {
  return (signals) => {
    const named = signals.code !== null && codes.includes(signals.code);
    return named || codes.some((code) => hasWord(signals.message, code)) ? words(signals) : undefined;
  };
}

/** A failure that is told by its message. */
export function byMessage(
  pattern: RegExp,
  words: (match: RegExpExecArray, signals: FailureSignals) => FailureWords,
): (signals: FailureSignals) => FailureWords | undefined {
  return (signals) => {
    const match = pattern.exec(signals.message);
    return match === null ? undefined : words(match, signals);
  };
}

/** Codes are written in capitals, so that no other word is taken for one. */
function hasWord(message: string, code: string): boolean {
  if (!/^E[A-Z]{3,}$|_/.test(code)) return false;
  const at = message.indexOf(code);
  return at >= 0 && !/\w/.test(message[at - 1] ?? " ") && !/\w/.test(message[at + code.length] ?? " ");
}
