import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import { makeBenignCorpus, makeSecretCorpus } from "@gatewatch/protocol/redact/secret-corpus";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeStorable } from "./clean-text.ts";
import { isPlain } from "./is-plain.ts";

const redactor = createRedactor({ email: true });

function stays(text: string): boolean {
  return redactor.redactText(text) === text && redactor.redactUrl(text) === text && makeStorable(text) === text;
}

describe("isPlain()", () => {
  it.each(["", "/", "/products/17", "10.0.0.1", "GET", "user-17", "/a/b.json"])("knows %j as plain", (text) => {
    expect(isPlain(text)).toBe(true);
  });

  it("never passes what redaction would change", () => {
    const piece = fc.constantFrom(
      ..."aZ07_-.~/,+*!$() =:@?%#",
      "token",
      "password",
      "sk-",
      "eyJ",
      "AKIA",
      "/reset/",
      "4111",
      "\u0000",
      "\ud800",
      "é",
    );
    const property = fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
      const text = pieces.join("");
      return !isPlain(text) || stays(text);
    });
    expect(fc.defaultReportMessage(fc.check(property, { numRuns: 5_000 })) ?? "").toBe("");
  });

  it("passes none of the planted secrets", () => {
    const texts = makeSecretCorpus().map((planted) => planted.secret);
    const changed = [...texts, ...makeBenignCorpus()].filter((text) => !stays(text));
    expect(changed.length).toBeGreaterThan(100);
    expect(changed.filter(isPlain)).toEqual([]);
  });
});
