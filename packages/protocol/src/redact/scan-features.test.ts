import fc from "fast-check";
import { expect, it } from "vitest";
import { FEATURES, scanFeatures } from "./scan-features.ts";

/** The same features, each by the sentence that defines it. */
function describeFeatures(text: string): number {
  let features = 0;
  if (/[=:>]/.test(text)) features |= FEATURES.pair;
  if (/@/.test(text)) features |= FEATURES.at;
  if (/[ \t\n\r]/.test(text)) features |= FEATURES.space;
  if (/[A-Za-z0-9_-]{12}/.test(text)) features |= FEATURES.longWord;
  if (text.split(/[^\d \t\n\r-]/).some((part) => part.replace(/\D/g, "").length >= 13)) features |= FEATURES.longNumber;
  return features;
}

it("scanFeatures() sees what its definitions say", () => {
  const words = fc.constantFrom(
    "a",
    "Z",
    "_",
    "-",
    "7",
    "42",
    " ",
    "\n",
    "=",
    "@",
    "é",
    "/",
    "abcdefghijk",
    "123456789012",
  );
  const texts = fc.array(words, { maxLength: 60 }).map((parts) => parts.join(""));
  const property = fc.property(texts, (text) => scanFeatures(text) === describeFeatures(text));
  expect(fc.defaultReportMessage(fc.check(property, { numRuns: 5_000 })) ?? "").toBe("");
});

it.each([
  ["", 0],
  ["abcdefghijk", 0],
  ["abcdefghijkl", FEATURES.longWord],
  ["é-abcdefghijk", FEATURES.longWord],
  ["4111 1111 1111 1", FEATURES.space | FEATURES.longNumber],
  ["4111 1111 1111", FEATURES.space],
  ["a@b", FEATURES.at],
  ["a>b", FEATURES.pair],
])("scanFeatures() of %j", (text, features) => {
  expect(scanFeatures(text)).toBe(features);
});

it("scanFeatures() stays linear on texts made to slow it down", () => {
  const hostile = `${"1 ".repeat(12)}${" ".repeat(2_000_000)}x`;
  expect(scanFeatures(hostile)).toBe(FEATURES.space);
  expect(scanFeatures("abcdefghijk ".repeat(200_000))).toBe(FEATURES.space);
});
