import { findCards, type Span } from "./find-cards.ts";
import { REDACTED } from "./redactor.ts";
import type { KeyRules } from "./sensitive-keys.ts";

/** Redaction of free text and of source lines. */
export interface TextRedactor {
  redactText(text: string): string;
  redactSource(line: string): string;
}

export function createTextRedactor(_keys: KeyRules, patterns: readonly RegExp[], _email: boolean): TextRedactor {
  function redactText(text: string): string {
    const spans: Span[] = [];
    findCards(text, spans);
    let clean = replaceSpans(text, spans);
    for (const pattern of patterns) clean = clean.replace(pattern, REDACTED);
    return clean;
  }
  return { redactText, redactSource: redactText };
}

function replaceSpans(text: string, spans: Span[]): string {
  let clean = "";
  let from = 0;
  for (const [start, end] of spans) {
    clean += text.slice(from, start) + REDACTED;
    from = end;
  }
  return clean + text.slice(from);
}
