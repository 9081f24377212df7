import { expect, it } from "vitest";
import { escapeTerminal } from "./escape-terminal.ts";

it("escapeTerminal() makes escape sequences, line breaks and direction overrides visible", () => {
  expect(escapeTerminal("a\u001b[31mred\nb\u202etxt\u009b")).toBe("a\\x1b[31mred\\x0ab\\u202etxt\\x9b");
});

it("escapeTerminal() leaves ordinary text of any script alone", () => {
  expect(escapeTerminal("Größe 3 × 価格\tok")).toBe("Größe 3 × 価格\tok");
});
