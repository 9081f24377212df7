import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemberCutter } from "./member-cutter.ts";

const KEY = "_cerberus_metrics";
const cutter = new MemberCutter([KEY]);
const toBytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** As the layer does it. */
function cut(text: string, by = cutter): { rest: string; taken: unknown } | undefined {
  const bytes = toBytes(text);
  const mayHold = by.mayHold(bytes);
  expect(by.mayHoldText(text)).toBe(mayHold);
  const found = mayHold ? by.tryCut(bytes) : undefined;
  return found === undefined ? undefined : { rest: toText(found.rest), taken: Object.fromEntries(found.taken) };
}

describe("what is cut", () => {
  it.each([
    ["the only member", `{"${KEY}":{"a":1}}`, "{}", { a: 1 }],
    ["the only member, with spaces", ` { "${KEY}" : { "a" : 1 } } `, " {  } ", { a: 1 }],
    ["the first member", `{"${KEY}":{"a":1},"id":7}`, '{"id":7}', { a: 1 }],
    ["the last member", `{"id":7,"${KEY}":{"a":1}}`, '{"id":7}', { a: 1 }],
    ["one in the middle", `{"id":7,"${KEY}":{"a":1},"name":"x"}`, '{"id":7,"name":"x"}', { a: 1 }],
    ["the first of lines", `{\n  "${KEY}": 1,\n  "id": 7\n}`, '{\n  "id": 7\n}', 1],
    ["the last of lines", `{\n  "id": 7,\n  "${KEY}": 1\n}`, '{\n  "id": 7\n}', 1],
    ["the middle of lines", `{\n  "id": 7,\n  "${KEY}": 1,\n  "x": 2\n}`, '{\n  "id": 7,\n  "x": 2\n}', 1],
    ["space before the comma", `{"id":7 , "${KEY}":1 }`, '{"id":7  }', 1],
    ["a text", `{"a":1,"${KEY}":"text"}`, '{"a":1}', "text"],
    ["a text with quotes", `{"a":1,"${KEY}":"say \\"hi\\" \\\\"}`, '{"a":1}', 'say "hi" \\'],
    ["a text with a brace", `{"a":1,"${KEY}":"}"}`, '{"a":1}', "}"],
    ["a text with a comma", `{"a":1,"${KEY}":",","b":2}`, '{"a":1,"b":2}', ","],
    ["null", `{"a":1,"${KEY}":null}`, '{"a":1}', null],
    ["true", `{"a":1,"${KEY}":true,"b":2}`, '{"a":1,"b":2}', true],
    ["a number", `{"a":1,"${KEY}":-1.5e3,"b":2}`, '{"a":1,"b":2}', -1500],
    ["a list", `{"a":1,"${KEY}":[1,[2,"]"],{"x":"}"}],"b":2}`, '{"a":1,"b":2}', [1, [2, "]"], { x: "}" }]],
    ["an empty object", `{"a":1,"${KEY}":{}}`, '{"a":1}', {}],
    ["an empty list", `{"a":1,"${KEY}":[],"b":2}`, '{"a":1,"b":2}', []],
    ["two of one name: the last one counts", `{"${KEY}":1,"a":1,"${KEY}":2}`, '{"a":1}', 2],
    ["two side by side, first", `{"${KEY}":1,"${KEY}":2,"a":1}`, '{"a":1}', 2],
    ["two side by side, last", `{"a":1,"${KEY}":1,"${KEY}":2}`, '{"a":1}', 2],
    ["two side by side, alone", `{"${KEY}":1, "${KEY}":2}`, "{}", 2],
    ["three with others between", `{"${KEY}":1,"a":1,"${KEY}":2,"b":2,"${KEY}":3}`, '{"a":1,"b":2}', 3],
    ["a name with an escape", `{"a":1,"\\u005fcerberus_metrics":3}`, '{"a":1}', 3],
    ["a name with an escape in capitals", `{"\\u005Fcerberus\\u005Fmetrics":3,"a":1}`, '{"a":1}', 3],
    [
      "a name of escapes alone",
      `{"${[...KEY].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join("")}":3}`,
      "{}",
      3,
    ],
    ["a text behind a byte order mark", `\u{feff}{"${KEY}":1,"a":1}`, '\u{feff}{"a":1}', 1],
    ["characters of several bytes around it", `{"ü":"👋🏽","${KEY}":"ß","你":"好"}`, '{"ü":"👋🏽","你":"好"}', "ß"],
  ])("%s", (_what, text, rest, value) => {
    expect(cut(text)).toEqual({ rest, taken: { [KEY]: value } });
  });
});

describe("what stays byte for byte", () => {
  it.each([
    ["64-bit numbers", `{"id":12345678901234567890,"${KEY}":1}`, '{"id":12345678901234567890}'],
    ["1.0", `{"${KEY}":1,"x":1.0,"y":1e2,"z":-0}`, '{"x":1.0,"y":1e2,"z":-0}'],
    ["numbers beyond a double", `{"x":1e999,"${KEY}":1}`, '{"x":1e999}'],
    ["order", `{"b":1,"${KEY}":1,"a":2,"10":3,"9":4}`, '{"b":1,"a":2,"10":3,"9":4}'],
    ["duplicates of other names", `{"a":1,"a":2,"${KEY}":1}`, '{"a":1,"a":2}'],
    ["escapes", `{"a":"\\u00e4\\/\\n","${KEY}":1}`, '{"a":"\\u00e4\\/\\n"}'],
    ["lone surrogates", `{"a":"\\ud800","${KEY}":1}`, '{"a":"\\ud800"}'],
    ["the name in a text", `{"a":"${KEY}","${KEY}":1}`, `{"a":"${KEY}"}`],
    ["the name in a nested object", `{"a":{"${KEY}":5},"${KEY}":1}`, `{"a":{"${KEY}":5}}`],
    ["the name in a list", `{"a":[{"${KEY}":5}],"${KEY}":1}`, `{"a":[{"${KEY}":5}]}`],
    ["__proto__", `{"__proto__":{"x":1},"${KEY}":1}`, '{"__proto__":{"x":1}}'],
    ["an empty name", `{"":1,"${KEY}":1}`, '{"":1}'],
  ])("%s", (_what, text, rest) => {
    expect(cut(text)?.rest).toBe(rest);
  });
});

describe("what is left alone", () => {
  it.each([
    ["nothing", ""],
    ["space", "  \n"],
    ["an empty object", "{}"],
    ["a list", `[{"${KEY}":1}]`],
    ["a text", `"${KEY}"`],
    ["a number", "12"],
    ["a nested member", `{"data":{"${KEY}":1}}`],
    ["a member of a list's object", `{"data":[{"${KEY}":1}]}`],
    ["the name as a value", `{"a":"${KEY}"}`],
    ["the member as a text", `{"a":"{\\"${KEY}\\":1}"}`],
    ["a name that goes on", `{"${KEY}_":1}`],
    ["a name that begins earlier", `{"a${KEY}":1}`],
    ["a name in capitals", `{"${KEY.toUpperCase()}":1}`],
    ["a name with an escaped quote", `{"\\"${KEY}":1}`],
    ["an escape that means something else", '{"\\u0061":1}'],
    ["an object that breaks off", `{"${KEY}":1`],
    ["a member without a value", `{"${KEY}"}`],
    ["a member with an empty value", `{"${KEY}":,"a":1}`],
    ["a text that breaks off", `{"a":1,"${KEY}":"x`],
    ["a name that breaks off", `{"a":1,"${KEY}`],
    ["a comma too many", `{"${KEY}":1,}`],
    ["no comma", `{"${KEY}":1 "a":2}`],
    ["text behind the object", `{"${KEY}":1} x`],
    ["two objects", `{"${KEY}":1}{"a":1}`],
    ["lines of objects", `{"${KEY}":1}\n{"a":1}\n`],
    ["single quotes", `{'${KEY}':1}`],
    ["a comment", `{/* */"${KEY}":1}`],
    ["NaN", `{"a":NaN,"${KEY}":1}`],
    ["brackets that do not match", `{"a":[},"${KEY}":1}`],
    ["a raw line break in a text", `{"a":"\n","${KEY}":1}`],
    ["leading zeros", `{"a":01,"${KEY}":1}`],
    ["a callback around it", `/**/cb({"${KEY}":1})`],
    ["a prefix against hijacking", `)]}',\n{"${KEY}":1}`],
    ["a backslash at the end", `{"${KEY}\\`],
    ["a bare backslash", "\\u00"],
  ])("%s", (_what, text) => {
    expect(cut(text)).toBeUndefined();
  });

  it("text in UTF-16, which no JSON between systems is written in", () => {
    const bytes = Buffer.from(`{"${KEY}":1}`, "utf16le");
    expect(cutter.mayHold(bytes)).toBe(false);
  });
});

describe("several names", () => {
  const both = new MemberCutter([KEY, "_stats"]);

  it("are each taken", () => {
    expect(cut(`{"_stats":{"b":2},"a":1,"${KEY}":{"a":1}}`, both)).toEqual({
      rest: '{"a":1}',
      taken: { [KEY]: { a: 1 }, _stats: { b: 2 } },
    });
  });

  it("leave no comma behind when all members go", () => {
    expect(cut(`{"_stats":1,"${KEY}":2}`, both)?.rest).toBe("{}");
  });
});

describe("depth", () => {
  it("costs no stack", () => {
    const deep = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
    expect(cut(`{"a":${deep},"${KEY}":1}`)?.rest).toBe(`{"a":${deep}}`);
  });
});

const anyKey = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(KEY, "a", "b", `"${KEY}"`, `\\${KEY}`, "__proto__", `${KEY} `) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
);
const anyValue = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(KEY, `"${KEY}":1`, `{"${KEY}":1}`, { [KEY]: 1 }, [{ [KEY]: [KEY] }]),
);
const anySpace = fc.constantFrom("", " ", "\n  ", "\t", "\r\n");

/** One character of a name may be written as an escape. */
const anySpelling = fc.tuple(anyKey, fc.nat()).map(([key, at]) => {
  const text = JSON.stringify(key);
  const index = 1 + (at % Math.max(1, key.length));
  const code = key.charCodeAt(index - 1);
  if (at % 3 !== 0 || text.length !== key.length + 2 || !(code < 128)) return text;
  return `${text.slice(0, index)}\\u${code.toString(16).padStart(4, "0")}${text.slice(index + 1)}`;
});
const anyObject = fc
  .tuple(fc.array(fc.tuple(anySpelling, anySpace, anyValue, anySpace), { maxLength: 6 }), anySpace)
  .map(([members, space]) => {
    const inner = members.map(
      ([key, before, value, behind]) => `${before}${key}${behind}:${before}${JSON.stringify(value)}${behind}`,
    );
    return `${space}{${inner.join(",")}${space}}${space}`;
  });

describe("whatever the object", () => {
  it("the rest means what the whole meant without the member, and the member what it meant", () => {
    fc.assert(
      fc.property(anyObject, (text) => {
        const whole = JSON.parse(text) as Record<string, unknown>;
        const result = cut(text);
        const isThere = Object.hasOwn(whole, KEY);
        expect(result?.taken).toEqual(isThere ? { [KEY]: whole[KEY] } : undefined);
        const entries = Object.entries(whole).filter(([key]) => key !== KEY);
        expect(Object.entries(JSON.parse(result?.rest ?? text) as object)).toEqual(entries);
      }),
      { numRuns: 3_000 },
    );
  });

  it("a text with one byte changed is cut into JSON, or not at all", () => {
    fc.assert(
      fc.property(anyObject, fc.nat(), fc.integer({ min: 0, max: 255 }), (text, at, byte) => {
        const bytes = toBytes(text);
        bytes[at % bytes.length] = byte;
        const result = cutter.mayHold(bytes) ? cutter.tryCut(bytes) : undefined;
        if (result === undefined) return;
        const whole = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
        const entries = Object.entries(whole).filter(([key]) => key !== KEY);
        expect(Object.entries(JSON.parse(new TextDecoder().decode(result.rest)) as object)).toEqual(entries);
      }),
      { numRuns: 3_000 },
    );
  });
});
