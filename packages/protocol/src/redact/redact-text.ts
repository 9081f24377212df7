import { findEmails, findUserInfo, findWebhooks } from "./find-addresses.ts";
import { findCards } from "./find-cards.ts";
import { findCredentials } from "./find-credentials.ts";
import { findPairs } from "./find-pairs.ts";
import { findPrivateKeys, isKeyMaterial } from "./find-private-keys.ts";
import { findTokens } from "./find-tokens.ts";
import { REDACTED } from "./redactor.ts";
import { FEATURES, scanFeatures } from "./scan-features.ts";
import type { KeyRules } from "./sensitive-keys.ts";
import { replaceSpans, type Span } from "./text-span.ts";

/** Redaction of free text and of source lines. */
export interface TextRedactor {
  redactText(text: string): string;
  redactSource(line: string): string;
}

/** Nothing shorter is a secret or names one. */
const MIN_LENGTH = 5;

/** Builds the text rules: one cheap scan tells which of them may apply, each is linear in the text. */
export function createTextRedactor(keys: KeyRules, patterns: readonly RegExp[], email: boolean): TextRedactor {
  function redact(text: string, source: boolean): string {
    if (text.length < MIN_LENGTH) return text;
    const features = scanFeatures(text);
    const clean = features === 0 ? text : replaceSpans(text, findSpans(text, features, source));
    return patterns.length === 0 ? clean : applyPatterns(clean);
  }

  function findSpans(text: string, features: number, source: boolean): Span[] {
    const spans: Span[] = [];
    const has = (feature: number) => (features & feature) !== 0;
    if (has(FEATURES.longNumber)) findCards(text, spans);
    if (has(FEATURES.longWord)) findTokens(text, spans);
    if (has(FEATURES.pair)) findPairs(text, keys, source, spans);
    if (has(FEATURES.space)) {
      findCredentials(text, keys, spans);
      findPrivateKeys(text, spans);
    }
    if (has(FEATURES.at) && has(FEATURES.pair)) findUserInfo(text, spans);
    if (has(FEATURES.longWord)) findWebhooks(text, spans);
    if (email && has(FEATURES.at)) findEmails(text, spans);
    return spans;
  }

  function applyPatterns(text: string): string {
    let clean = text;
    for (const pattern of patterns) clean = clean.replace(pattern, REDACTED);
    return clean;
  }

  return {
    redactText: (text) => redact(text, false),
    redactSource: (line) => (isKeyMaterial(line) ? REDACTED : redact(line, true)),
  };
}
