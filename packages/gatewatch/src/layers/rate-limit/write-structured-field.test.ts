import { describe, expect, it } from "vitest";
import { type BareItem, writeBareItem, writeItem, writeList, writeParameters } from "./write-structured-field.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("bare items (RFC 9651, section 4.1.3.1)", () => {
  it.each<[BareItem, string]>([
    [0, "0"],
    [-0, "0"],
    [1, "1"],
    [-1, "-1"],
    [42, "42"],
    [999_999_999_999_999, "999999999999999"],
    [-999_999_999_999_999, "-999999999999999"],
    [100_000_000_000_000, "100000000000000"],
    [true, "?1"],
    [false, "?0"],
    ["", '""'],
    ["foo", '"foo"'],
    ["foo bar", '"foo bar"'],
    ["   ", '"   "'],
    ['a"b', String.raw`"a\"b"`],
    ["a\\b", String.raw`"a\\b"`],
    ['"\\', String.raw`"\"\\"`],
    ["POST /login", '"POST /login"'],
    ["~!@#$%^&*()", '"~!@#$%^&*()"'],
    ["a,b;c=d", '"a,b;c=d"'],
    [bytes(), "::"],
    [bytes(0x68, 0x65, 0x6c, 0x6c, 0x6f), ":aGVsbG8=:"],
    [bytes(0), ":AA==:"],
    [bytes(0xff, 0xff, 0xff), ":////:"],
    [bytes(0xfb, 0xef), ":++8=:"],
  ])("%j is written %s", (value, text) => {
    expect(writeBareItem(value)).toBe(text);
  });

  it.each<[BareItem]>([
    [1_000_000_000_000_000],
    [-1_000_000_000_000_000],
    [1.5],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY],
    ["\u0000"],
    ["a\tb"],
    ["a\r\nSet-Cookie: x=1"],
    ["\u001f"],
    ["\u007f"],
    ["é"],
    ["用户"],
    ["😀"],
    ["\ud800"],
  ])("%j has no form on the wire", (value) => {
    expect(() => writeBareItem(value)).toThrow(TypeError);
  });

  it("every printable character comes out, and no other does", () => {
    const fine: number[] = [];
    for (let code = 0; code < 300; code++) {
      try {
        writeBareItem(String.fromCharCode(code));
        fine.push(code);
      } catch {
        // Counted by its absence.
      }
    }
    expect(fine).toEqual(Array.from({ length: 95 }, (_, index) => 32 + index));
  });
});

describe("parameters and lists (RFC 9651, sections 4.1.1 and 4.1.1.2)", () => {
  it.each<[Record<string, BareItem>, string]>([
    [{}, ""],
    [{ a: 1 }, ";a=1"],
    [{ q: 100, w: 60 }, ";q=100;w=60"],
    [{ a: true }, ";a"],
    [{ a: false }, ";a=?0"],
    [{ a: "x y" }, ';a="x y"'],
    [{ pk: bytes(1, 2, 3) }, ";pk=:AQID:"],
    [{ "a-b_c.d*": 1 }, ";a-b_c.d*=1"],
    [{ "*a": 1 }, ";*a=1"],
    [{ a0: 1 }, ";a0=1"],
  ])("%j is written %s", (parameters, text) => {
    expect(writeParameters(parameters)).toBe(text);
  });

  it.each([["A"], ["0a"], ["-a"], ["_a"], [".a"], ["a b"], ["a="], ["é"], ["a;b"], [" a"]])("%j is no key", (name) => {
    expect(() => writeParameters({ [name]: 1 })).toThrow(TypeError);
  });

  it("an item has its parameters, a list its items", () => {
    expect(writeItem({ value: "default", parameters: { r: 50, t: 30 } })).toBe('"default";r=50;t=30');
    expect(writeItem({ value: 7 })).toBe("7");
    expect(writeList([])).toBe("");
    expect(writeList([{ value: "a", parameters: { q: 1 } }, { value: "b" }])).toBe('"a";q=1, "b"');
  });
});
