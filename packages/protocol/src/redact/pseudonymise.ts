import { createHmac } from "node:crypto";
import { canonicalAddress } from "./canonical-address.ts";

/** 64 lower-case hex digits: an address that was pseudonymised already. */
const DIGEST = /^[0-9a-f]{64}$/;

/**
 * HMAC-SHA256 of a client address in its canonical form, as 64 lower-case hex digits; a digest comes back unchanged.
 * Pseudonymous, not irreversible: whoever holds the key can try every IPv4 address.
 */
export function pseudonymiseAddress(address: string, key: string | Uint8Array): string {
  if (DIGEST.test(address)) return address;
  return pseudonymiseText(canonicalAddress(address), key);
}

/** HMAC-SHA256 of a text as it is, for example of an `Authorization` value, as 64 lower-case hex digits. */
export function pseudonymiseText(text: string, key: string | Uint8Array): string {
  return createHmac("sha256", key).update(text, "utf8").digest("hex");
}
