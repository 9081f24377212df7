import { AGENT_PROOFS } from "./agent/testing/decoder-proofs.ts";
import { CERBERUS_PROOFS } from "./cerberus/testing/decoder-proofs.ts";
import type { DecoderProof } from "./decoder-contract.ts";
import { NATIVE_PROOFS } from "./native/testing/decoder-proofs.ts";
import { OTLP_PROOFS } from "./otlp/testing/decoder-proofs.ts";
import { SENTRY_PROOFS } from "./sentry/testing/decoder-proofs.ts";

/** Test support: what every decoder is proven with, by the decoder's name; a language without an entry here fails the tests. */
export const DECODER_PROOFS: Readonly<Record<string, readonly DecoderProof[]>> = {
  ...NATIVE_PROOFS,
  ...AGENT_PROOFS,
  ...OTLP_PROOFS,
  ...CERBERUS_PROOFS,
  ...SENTRY_PROOFS,
};
