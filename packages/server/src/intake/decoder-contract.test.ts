import { expect, it } from "vitest";
import { describeDecoder } from "./decoder-contract.ts";
import { DECODER_PROOFS } from "./decoder-proofs.ts";
import { LANGUAGES } from "./languages.ts";

for (const proofs of Object.values(DECODER_PROOFS)) for (const { contract } of proofs) describeDecoder(contract);

it.each(LANGUAGES)("every decoder of the language $name keeps the contract", ({ createDecoders }) => {
  const unproven = Object.keys(createDecoders({})).filter((name) => (DECODER_PROOFS[name] ?? []).length === 0);
  expect(unproven).toEqual([]);
});

it("no two languages have a decoder of the same name", () => {
  const names = LANGUAGES.flatMap(({ createDecoders }) => Object.keys(createDecoders({})));
  expect(new Set(names).size).toBe(names.length);
});
