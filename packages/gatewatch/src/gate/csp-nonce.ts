import type { Exchange } from "./exchange.ts";
import { randomHex } from "./random-hex.ts";
import { createSlot } from "./slot.ts";

/** 128 bits, as Content Security Policy Level 3 asks for (section 7.1). */
const NONCE_BYTES = 16;
const NONCE = createSlot<Nonce>("csp-nonce");

interface Nonce {
  text: string;
  /** The app has read it. */
  isGiven: boolean;
}

/** The nonce of this exchange's Content-Security-Policy, made at its first use. */
export function cspNonceOf(x: Exchange): string {
  return open(x).text;
}

/** The same for the app, which may write it into its answer. */
export function giveCspNonce(x: Exchange): string {
  const nonce = open(x);
  nonce.isGiven = true;
  return nonce.text;
}

/** Whether the app has asked for the nonce: its answer may carry it, and then belongs to this one exchange. */
export function hasCspNonce(x: Exchange): boolean {
  return NONCE.get(x)?.isGiven === true;
}

function open(x: Exchange): Nonce {
  let nonce = NONCE.get(x);
  if (nonce === undefined) NONCE.set(x, (nonce = { text: randomHex(NONCE_BYTES), isGiven: false }));
  return nonce;
}
