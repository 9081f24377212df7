import { describe, expect, it } from "vitest";
import { createExchangeStandIn } from "../../record/exchange-stand-in.ts";
import { isNotModified, isSameForRange, type Validators } from "./evaluate-conditions.ts";
import { readRange } from "./slice-range.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 0, 0);
const at = (seconds: number): string => new Date(NOW + seconds * 1000).toUTCString();
const STORED: Validators = { etag: '"a"', lastModified: at(-3000), dateMs: NOW };

function headers(values: Record<string, string>): ReturnType<typeof createExchangeStandIn>["headers"] {
  return createExchangeStandIn({ headers: values }).headers;
}

describe("isNotModified(), RFC 9110 section 13", () => {
  it.each<[Record<string, string>, Partial<Validators>, boolean]>([
    [{ "if-none-match": '"a"' }, {}, true],
    [{ "if-none-match": '"b"' }, {}, false],
    [{ "if-none-match": "*" }, {}, true],
    [{ "if-none-match": "*" }, { etag: undefined }, true],
    [{ "if-none-match": '"b", "a"' }, {}, true],
    [{ "if-none-match": '"a", "b"' }, {}, true],
    [{ "if-none-match": '"b","a","c"' }, {}, true],
    [{ "if-none-match": 'W/"a"' }, {}, true],
    [{ "if-none-match": '"a"' }, { etag: 'W/"a"' }, true],
    [{ "if-none-match": 'W/"b"' }, { etag: 'W/"a"' }, false],
    [{ "if-none-match": '"x,a"' }, { etag: '"x,a"' }, true],
    [{ "if-none-match": '"x,"a"' }, { etag: '"y"' }, false],
    [{ "if-none-match": "a" }, { etag: "a" }, true],
    [{ "if-none-match": "a" }, {}, false],
    [{ "if-none-match": '"A"' }, {}, false],
    [{ "if-none-match": "" }, {}, false],
    [{ "if-none-match": '"a"' }, { etag: undefined }, false],
    [{ "if-none-match": '"b"', "if-modified-since": at(0) }, {}, false],
    [{ "if-none-match": '"a"', "if-modified-since": at(-9000) }, {}, true],
    [{ "if-modified-since": at(-3000) }, {}, true],
    [{ "if-modified-since": at(-2000) }, {}, true],
    [{ "if-modified-since": at(-4000) }, {}, false],
    [{ "if-modified-since": "yesterday" }, {}, false],
    [{ "if-modified-since": at(0) }, { lastModified: undefined }, true],
    [{ "if-modified-since": at(-1) }, { lastModified: undefined }, false],
    [{ "if-modified-since": at(0) }, { lastModified: "nonsense" }, false],
    [{}, {}, false],
  ])("%j of %j: %s", (given, changes, expected) => {
    expect(isNotModified(headers(given), { ...STORED, ...changes }, NOW)).toBe(expected);
  });

  it("understands the older form of a date", () => {
    const old = "Friday, 20-Nov-26 11:10:00 GMT";
    expect(isNotModified(headers({ "if-modified-since": old }), STORED, NOW)).toBe(true);
  });
});

describe("isSameForRange(), RFC 9110 section 13.1.5", () => {
  it.each<[Record<string, string>, Partial<Validators>, boolean]>([
    [{}, {}, true],
    [{ "if-range": '"a"' }, {}, true],
    [{ "if-range": '"b"' }, {}, false],
    [{ "if-range": 'W/"a"' }, { etag: 'W/"a"' }, false],
    [{ "if-range": at(-3000) }, {}, true],
    [{ "if-range": at(-2000) }, {}, false],
    [{ "if-range": "nonsense" }, {}, false],
  ])("%j of %j: %s", (given, changes, expected) => {
    expect(isSameForRange(headers(given), { ...STORED, ...changes })).toBe(expected);
  });
});

describe("readRange(), RFC 9110 section 14.1.2, of eleven bytes", () => {
  it.each([
    ["bytes=0-1", { start: 0, end: 1 }],
    ["bytes=0-0", { start: 0, end: 0 }],
    ["bytes=1-", { start: 1, end: 10 }],
    ["bytes=-1", { start: 10, end: 10 }],
    ["bytes=-11", { start: 0, end: 10 }],
    ["bytes=-99", { start: 0, end: 10 }],
    ["bytes=5-99", { start: 5, end: 10 }],
    ["BYTES=5-6", { start: 5, end: 6 }],
    ["bytes= 5-6 ", { start: 5, end: 6 }],
    ["bytes=11-", "unsatisfiable"],
    ["bytes=11-12", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=6-5", undefined],
    ["bytes=-", undefined],
    ["bytes=0-1,3-4", undefined],
    ["bytes=a-b", undefined],
    ["bytes=1.5-2", undefined],
    ["bytes 0-1", undefined],
    ["items=0-1", undefined],
    ["", undefined],
    [`bytes=${"9".repeat(400)}-`, undefined],
  ])("%j is %j", (header, expected) => {
    expect(readRange(header, 11)).toEqual(expected);
  });

  it("finds nothing in an empty body", () => {
    expect(readRange("bytes=0-", 0)).toBe("unsatisfiable");
    expect(readRange("bytes=-5", 0)).toBe("unsatisfiable");
  });
});
