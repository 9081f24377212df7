import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import type { TokenScope } from "@gatewatch/protocol";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SECRET_BYTES = 32;
/** Digits that 32 bytes need in base 62. */
const SECRET_DIGITS = 43;
const CHECK_DIGITS = 6;
const SHAPE = /^gatewatch_(?:in|rd|ad)_[0-9A-Za-z]{49}$/;

const TOKEN_PREFIX: Readonly<Record<TokenScope, string>> = {
  ingest: "gatewatch_in_",
  read: "gatewatch_rd_",
  admin: "gatewatch_ad_",
};

/** Makes a token of 32 random bytes; its last six characters are a checksum that scanners and typos can be checked against. */
export function createTokenText(scope: TokenScope): string {
  const body = TOKEN_PREFIX[scope] + toBase62(BigInt(`0x${randomBytes(SECRET_BYTES).toString("hex")}`), SECRET_DIGITS);
  return body + checksumOf(body);
}

/** Whether the text has a token's prefix, length and checksum; says nothing of whether it was ever issued. */
export function isTokenText(text: string): boolean {
  return SHAPE.test(text) && checksumOf(text.slice(0, -CHECK_DIGITS)) === text.slice(-CHECK_DIGITS);
}

/** Prefix and last four characters, safe to show for ever. */
export function hintOf(secret: string): string {
  const prefix = /^(?:gatewatch_(?:in|rd|ad)|dlk)_/.exec(secret)?.[0] ?? "";
  return `${prefix}…${secret.slice(-4)}`;
}

function checksumOf(body: string): string {
  return toBase62(BigInt(crc32(body)), CHECK_DIGITS);
}

function toBase62(value: bigint, digits: number): string {
  let text = "";
  for (let rest = value; text.length < digits; rest /= 62n) text = ALPHABET[Number(rest % 62n)] + text;
  return text;
}
