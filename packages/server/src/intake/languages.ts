import type { RedactionOptions } from "@gatewatch/protocol/redact/redactor";
import type { Decoder } from "../model/decoder.ts";
import { agentLanguage } from "./agent/agent-language.ts";
import { cerberusLanguage } from "./cerberus/cerberus-language.ts";
import type { ClientLanguage } from "./language.ts";
import { nativeLanguage } from "./native/native-language.ts";
import { otlpLanguage } from "./otlp/otlp-language.ts";
import { uploadLanguage } from "./sentry-uploads/upload-language.ts";
import { sentryLanguage } from "./sentry/sentry-language.ts";

/** Every language that clients may speak. */
export const LANGUAGES: readonly ClientLanguage[] = [
  nativeLanguage,
  agentLanguage,
  otlpLanguage,
  cerberusLanguage,
  sentryLanguage,
  uploadLanguage,
];

/** The decoders of all languages by name, with the same redaction. */
export type IntakeDecoders = Readonly<Record<string, Decoder>>;

export function createDecoders(redaction: RedactionOptions = {}): IntakeDecoders {
  return Object.assign({}, ...LANGUAGES.map((language) => language.createDecoders(redaction))) as IntakeDecoders;
}
