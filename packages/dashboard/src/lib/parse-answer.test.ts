import { expect, test } from "vitest";
import { parseAnswer } from "./parse-answer.ts";

test("marks that turn text around are shown by their names, however they were written", () => {
  expect(parseAnswer('{"a":"x\u202Egpj.exe"}')).toEqual({ a: "x‹U+202E›gpj.exe" });
  expect(parseAnswer(String.raw`{"a":"x\u202egpj.exe\u2066"}`)).toEqual({ a: "x‹U+202E›gpj.exe‹U+2066›" });
});

test("an escaped backslash before the letters is no escape", () => {
  expect(parseAnswer(String.raw`{"a":"\\u202e"}`)).toEqual({ a: String.raw`\u202e` });
  expect(parseAnswer(String.raw`{"a":"\\\u202e"}`)).toEqual({ a: "\\‹U+202E›" });
});

test("everything else is read as it is", () => {
  const value = { a: ["é", "日本", 'quote " and \\', 1, null, true], b: { c: "‹U+202E›" } };
  expect(parseAnswer(JSON.stringify(value))).toEqual(value);
});
