import {
  classTable,
  DIGIT,
  ENCODED,
  hexValue,
  LATIN,
  LINE_BREAK,
  LOWER,
  OTHER,
  SPACE,
  TAB,
  UPPER,
} from "./char-classes.ts";
import { mix } from "./hash.ts";

export const MAX_SYMBOLS = 320;
export const MAX_WORDS = 48;
const MAX_RUNS = 24;
const PERCENT = 37;
const ZERO = 48;
const ENCODED_FLAG = 0x10000;

/** A text taken apart in one pass. One scan is used again and again: nothing of it outlives the next text. */
export class TextScan {
  /** Codes of the characters; an encoded one is the character's with a flag. */
  readonly symbols = new Int32Array(MAX_SYMBOLS);
  symbolCount = 0;
  /** Hashes of the runs of letters. */
  readonly words = new Int32Array(MAX_WORDS);
  wordCount = 0;
  /** The classes that occur, as two sets of bits. */
  lowClasses = 0;
  highClasses = 0;
  /** Hash of the order of classes, runs as one. */
  pattern = 0;
  /** Hash of the words between spaces, those with digits as one; 0 for fewer than three words. */
  template = 0;

  scan(text: string): void {
    const classes = classTable();
    const { symbols } = this;
    const length = Math.min(text.length, MAX_SYMBOLS * 3);
    let count = 0;
    let [low, high, pattern, runs, lastClass] = [0, 0, 17, 0, -1];
    let [word, wordLength, wordCount] = [0, 0, 0];
    let [part, partHasDigit, parts, template] = [0, false, 0, 23];
    for (let at = 0; at < length && count < MAX_SYMBOLS; at++) {
      let code = text.charCodeAt(at);
      let symbol = code;
      if (code === PERCENT && at + 2 < text.length) {
        const [first, second] = [hexValue(text.charCodeAt(at + 1)), hexValue(text.charCodeAt(at + 2))];
        if (first >= 0 && second >= 0) {
          code = first * 16 + second;
          symbol = code | ENCODED_FLAG;
          low |= 1 << ENCODED;
          at += 2;
        }
      }
      const kind = code < 128 ? classes[code]! : code < 0x250 ? LATIN : OTHER;
      // Which digits follow each other says nothing.
      symbols[count++] = kind === DIGIT ? ZERO : symbol;
      if (kind < 32) low |= 1 << kind;
      else high |= 1 << (kind - 32);
      if (kind !== lastClass) {
        if (runs++ < MAX_RUNS) pattern = Math.imul(pattern ^ kind, 0x01000193) + 7;
        lastClass = kind;
      }
      if (kind === LOWER || kind === UPPER || kind === LATIN) {
        word = Math.imul(word ^ (code | 32), 0x01000193) + 3;
        wordLength++;
      } else if (wordLength > 0) {
        if (wordLength > 1 && wordCount < MAX_WORDS) this.words[wordCount++] = mix(word, wordLength);
        word = wordLength = 0;
      }
      if (kind === SPACE || kind === TAB || kind === LINE_BREAK) {
        template = mix(template, partHasDigit ? 5 : part);
        parts++;
        part = 0;
        partHasDigit = false;
      } else {
        part = Math.imul(part ^ code, 0x01000193);
        if (kind === DIGIT) partHasDigit = true;
      }
    }
    if (wordLength > 1 && wordCount < MAX_WORDS) this.words[wordCount++] = mix(word, wordLength);
    this.symbolCount = count;
    this.wordCount = wordCount;
    this.lowClasses = low;
    this.highClasses = high;
    this.pattern = pattern ^ (pattern >>> 15);
    this.template = parts >= 2 ? mix(template, partHasDigit ? 5 : part) : 0;
  }
}
