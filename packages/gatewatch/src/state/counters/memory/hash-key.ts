import { randomBytes } from "node:crypto";

/** Drawn per process: nobody outside can choose keys that meet. */
const SEEDS = new Int32Array(new Uint8Array(randomBytes(16)).buffer);
const SEED_A = SEEDS[0]!;
const SEED_B = SEEDS[1]!;
const FACTOR_A = SEEDS[2]! | 1;
const FACTOR_B = SEEDS[3]! | 1;

/** 64 bits of a text, in two signed words, which the engine keeps without a box. A class with fields instead of a pair: the hot path allocates nothing. */
export class KeyHash {
  low = 0;
  high = 0;

  /** `salt` tells rules apart. */
  update(salt: number, key: string): void {
    let a = SEED_A ^ salt;
    let b = SEED_B + Math.imul(salt, 0x9e37_79b1);
    const { length } = key;
    let index = 0;
    for (; index + 1 < length; index += 2) {
      const pair = key.charCodeAt(index) | (key.charCodeAt(index + 1) << 16);
      a = Math.imul(a ^ pair, FACTOR_A);
      b = Math.imul(b ^ pair, FACTOR_B);
      a ^= a >>> 15;
      b ^= b >>> 13;
    }
    const rest = index < length ? key.charCodeAt(index) : 0;
    this.low = mix(a ^ rest ^ Math.imul(length, 0x85eb_ca6b));
    this.high = mix(b ^ rest ^ (length << 16));
  }
}

/** The last step of MurmurHash3: every bit of the input moves every bit of the output. */
function mix(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85eb_ca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}
