import { describe, expect, it } from "vitest";
import { formOf, splitPairs, splitUrl } from "./split-text.ts";

describe("formOf()", () => {
  it.each([
    ["/a/b?c=d", "url"],
    ["https://shop.example/a?b=c", "url"],
    ["GET /a?b=c HTTP/1.1", "request line"],
    ["login=ana&pwd=x%20y", "form"],
    ["a=1", "form"],
    ["sid=1; lang=es", "cookies"],
  ] as const)("takes %s for what it is", (text, form) => {
    expect(formOf(text)).toBe(form);
  });

  it.each([
    "",
    "hello",
    "a b=c",
    "SGVsbG8=",
    "SGVsbG8gd29ybA==",
    "/9j4AAQSkZ/JRg==",
    "x = y",
    "mailto:ana@example.com",
    "12:30",
    "=&=",
  ])("takes %j for a text", (text) => {
    expect(formOf(text)).toBeUndefined();
  });
});

describe("splitPairs()", () => {
  it("hands on names and values as they stand, at most 48", () => {
    const pairs: string[][] = [];
    splitPairs("a=1&b&=x&c=d=e&", 0, "&", (...pair) => void pairs.push(pair));
    expect(pairs).toEqual([
      ["a", "1"],
      ["b", ""],
      ["", "x"],
      ["c", "d=e"],
    ]);
    let count = 0;
    splitPairs("a=1&".repeat(1_000), 0, "&", () => void count++);
    expect(count).toBe(48);
  });

  it("takes cookies apart", () => {
    const pairs: string[][] = [];
    splitPairs("sid=1; lang=es", 0, ";", (...pair) => void pairs.push(pair));
    expect(pairs).toEqual([
      ["sid", "1"],
      ["lang", "es"],
    ]);
  });
});

describe("splitUrl()", () => {
  it.each([
    ["/a?b", { host: -1, path: 0, query: 2 }],
    ["http://h/a?b", { host: 7, path: 8, query: 10 }],
    ["http://h?b", { host: 7, path: 8, query: 8 }],
    ["http://h", { host: 7, path: 8, query: -1 }],
  ])("finds the parts of %s", (text, parts) => {
    expect(splitUrl(text)).toEqual(parts);
  });
});
