import type { Test } from "./run-program.ts";

const between =
  (first: string, last: string): Test =>
  (code) =>
    code >= first.charCodeAt(0) && code <= last.charCodeAt(0);
const isDigit = between("0", "9");
const isLower = between("a", "z");
const isUpper = between("A", "Z");
const isLetter: Test = (code) => isLower(code) || isUpper(code);
const isSpace: Test = (code) => code === 32 || (code >= 9 && code <= 13 && code !== 11);
/** `\\d` and kin, by their lower-case letter. */
export const NAMED_SETS: Readonly<Record<string, Test>> = {
  d: isDigit,
  w: (code) => isLetter(code) || isDigit(code) || code === 95,
  s: isSpace,
};
/** `[:alpha:]` and kin. */
export const POSIX_SETS: Readonly<Record<string, Test>> = {
  alpha: isLetter,
  digit: isDigit,
  alnum: (code) => isLetter(code) || isDigit(code),
  lower: isLower,
  upper: isUpper,
  space: (code) => code === 32 || (code >= 9 && code <= 13),
  word: NAMED_SETS["w"]!,
};
