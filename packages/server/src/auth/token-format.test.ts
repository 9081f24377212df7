import { expect, test } from "vitest";
import { createTokenText, hintOf, isTokenText } from "./token-format.ts";

test.each(["ingest", "read", "admin"] as const)(
  "a token of scope %s shows its scope and passes its checksum",
  (scope) => {
    const token = createTokenText(scope);
    expect(token).toMatch(/^gatewatch_(in|rd|ad)_[0-9A-Za-z]{49}$/);
    expect(isTokenText(token)).toBe(true);
    expect(hintOf(token)).toBe(`${token.slice(0, 13)}…${token.slice(-4)}`);
  },
);

test("one changed character breaks the checksum, wherever it stands", () => {
  const token = createTokenText("read");
  for (let at = 0; at < token.length; at++) {
    const other = token[at] === "a" ? "b" : "a";
    expect(isTokenText(token.slice(0, at) + other + token.slice(at + 1))).toBe(false);
  }
});

test("no two tokens are the same", () => {
  expect(new Set(Array.from({ length: 500 }, () => createTokenText("ingest"))).size).toBe(500);
});

test.each(["", "gatewatch_in_", "gatewatch_xx_" + "0".repeat(49), `${"a".repeat(62)}`])("%j is no token", (text) => {
  expect(isTokenText(text)).toBe(false);
});
