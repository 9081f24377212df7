import fc from "fast-check";
import { expect, it } from "vitest";
import { ApiError } from "../../model/api-error.ts";
import { parseMultipart } from "./parse-multipart.ts";

const TYPE = "multipart/form-data; boundary=b";
const part = (name: string, filename: string, body: string): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: x\r\n\r\n${body}\r\n`;
const FORM = `${part("file", "one", "first\r\nline")}${part("file", "two", "")}--b--\r\n`;
const parse = (text: string, type: string | undefined = TYPE) =>
  parseMultipart(Buffer.from(text, "latin1"), type, 3).map(({ body, ...rest }) => ({
    ...rest,
    body: body.toString("latin1"),
  }));

it("gives the files of a form, empty ones too, and leaves fields out", () => {
  const field = '--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n';
  expect(parse(field + FORM)).toEqual([
    { name: "file", filename: "one", body: "first\r\nline" },
    { name: "file", filename: "two", body: "" },
  ]);
  expect(parse("--b--")).toEqual([]);
});

it("reads the boundary as clients write it", () => {
  for (const type of ['multipart/form-data; charset=utf-8; boundary="b"', "Multipart/Form-Data;boundary=b; x=y"])
    expect(parse(FORM, type)).toHaveLength(2);
});

it.each([
  ["no boundary", FORM, "multipart/form-data"],
  ["another type", FORM, "text/plain; boundary=b"],
  ["no type", FORM, ""],
  ["another begin", `x${FORM}`, TYPE],
  ["a part without an end", FORM.slice(0, -20), TYPE],
  ["a part without a body", FORM.slice(0, 30), TYPE],
  ["an endless head", `--b\r\nX: ${"y".repeat(5000)}\r\n\r\nz\r\n--b--`, TYPE],
  ["too many parts", `${part("file", "x", "y").repeat(4)}--b--`, TYPE],
])("refuses a form with %s", (_what, text, type) => expect(() => parse(text, type)).toThrow(ApiError));

it("fails as a request of that kind, whatever bytes have changed", () => {
  const change = fc.tuple(fc.nat(FORM.length - 1), fc.constantFrom("\r", "\n", "-", "b", '"', "\0", ":", "x"));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
      const text = [...FORM];
      for (const [at, char] of changes) text[at] = char;
      try {
        expect(parse(text.join("")).every(({ body }) => FORM.length > body.length)).toBe(true);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});
