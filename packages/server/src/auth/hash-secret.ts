import { hash, timingSafeEqual } from "node:crypto";

/** SHA-256 of a random secret as 64 hex digits: what is stored in its place. Passwords need `hashPassword` instead. */
export function hashSecret(secret: string): string {
  return hash("sha256", secret, "hex");
}

/** Compares two hashes or keys of equal length in constant time. */
export function isSameHash(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  return timingSafeEqual(Buffer.from(a, "latin1"), Buffer.from(b, "latin1"));
}
