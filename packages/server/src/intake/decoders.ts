import type { RedactionOptions } from "@gatewatch/protocol/redact/redactor";
import type { Decoder } from "../model/decoder.ts";
import { createAnalyzeErrorDecoder } from "./analyze-error-decoder.ts";
import { createNativeDecoder } from "./native-decoder.ts";

/** One decoder for each client language, all with the same redaction. */
export interface IntakeDecoders {
  readonly native: Decoder;
  readonly analyzeError: Decoder;
}

export type ClientLanguage = keyof IntakeDecoders;

export function createDecoders(redaction: RedactionOptions = {}): IntakeDecoders {
  return { native: createNativeDecoder(redaction), analyzeError: createAnalyzeErrorDecoder(redaction) };
}
