import { argon2, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** OWASP Password Storage Cheat Sheet: argon2id with m = 19 MiB, t = 2, p = 1; scrypt with N = 2^17, r = 8, p = 1. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const SCRYPT_LOG_N = 17;
const TAG_BYTES = 32;
const SALT_BYTES = 16;
const PHC =
  /^\$(?:argon2id\$v=19\$m=(\d{1,6}),t=(\d{1,3}),p=(\d{1,2})|scrypt\$ln=(\d{1,2}),r=8,p=1)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

const deriveScrypt = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
);

/** Hashes a password into a PHC string: argon2id, or scrypt on a Node without it. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  if (typeof argon2 !== "function") {
    return `$scrypt$ln=${SCRYPT_LOG_N},r=8,p=1$${toB64(salt)}$${toB64(await scryptOf(password, salt, SCRYPT_LOG_N, TAG_BYTES))}`;
  }
  const tag = await argon2Of(password, salt, MEMORY_KIB, PASSES, LANES, TAG_BYTES);
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${toB64(salt)}$${toB64(tag)}`;
}

/** Whether `password` is the one behind the PHC string; false for a string of unknown form. */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
  const match = PHC.exec(phc);
  if (!match) return false;
  const [, memory, passes, lanes, logN, salt = "", tag = ""] = match;
  const expected = Buffer.from(tag, "base64");
  const actual =
    logN === undefined
      ? await argon2Of(
          password,
          Buffer.from(salt, "base64"),
          Number(memory),
          Number(passes),
          Number(lanes),
          expected.length,
        )
      : await scryptOf(password, Buffer.from(salt, "base64"), Number(logN), expected.length);
  return timingSafeEqual(actual, expected);
}

function argon2Of(
  password: string,
  nonce: Buffer,
  memory: number,
  passes: number,
  parallelism: number,
  tagLength: number,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  argon2("argon2id", { message: password, nonce, memory, passes, parallelism, tagLength }, (error, tag) => {
    if (error) reject(error);
    else resolve(tag);
  });
  return promise;
}

function scryptOf(password: string, salt: Buffer, logN: number, length: number): Promise<Buffer> {
  return deriveScrypt(password, salt, length, { N: 2 ** logN, r: 8, p: 1, maxmem: 256 * 2 ** 20 });
}

function toB64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replaceAll("=", "");
}
