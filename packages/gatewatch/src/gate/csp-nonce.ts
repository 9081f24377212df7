import type { Exchange } from "./exchange.ts";
import { randomHex } from "./random-hex.ts";
import { createSlot } from "./slot.ts";

/** 128 bits, as Content Security Policy Level 3 asks for (section 7.1). */
const NONCE_BYTES = 16;
const NONCE = createSlot<string>("csp-nonce");

/** The nonce of this exchange's Content-Security-Policy, made at its first use. */
export function cspNonceOf(x: Exchange): string {
  const known = NONCE.get(x);
  if (known !== undefined) return known;
  const nonce = randomHex(NONCE_BYTES);
  NONCE.set(x, nonce);
  return nonce;
}

/** Whether the app has asked for the nonce: its answer may carry it, and then belongs to this one exchange. */
export function hasCspNonce(x: Exchange): boolean {
  return NONCE.get(x) !== undefined;
}
