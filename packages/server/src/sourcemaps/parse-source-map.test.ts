import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { MapTooLargeError, parseSourceMap, type ReadableMap } from "./parse-source-map.ts";
import { makeMap } from "./testing/make-map.ts";

const LIMITS = { mapBytes: 1024 * 1024, parsedBytes: 64 * 1024 * 1024 };
const parse = (text: string, limits = LIMITS): ReadableMap =>
  parseSourceMap(zstdCompressSync(text), "~/a/app.js.map", limits);

it("flattens maps with sections", () => {
  const part = JSON.parse(makeMap({ sources: ["../src/a.ts"], segments: [[0, 0, 4, 2]] })) as object;
  const map = parse(JSON.stringify({ version: 3, sections: [{ offset: { line: 1, column: 10 }, map: part }] }));
  expect(map.positionOf(2, 11)).toMatchObject({ file: "src/a.ts", line: 5, column: 3, context: null });
  expect(map.positionOf(1, 1)).toBe(null);
});

it("takes the root of the sources, the lists of what others wrote, and the guard before JSON", () => {
  const map = JSON.parse(
    makeMap({
      sources: ["a.ts", "/srv/b.ts"],
      sourceRoot: "/shop/src/",
      segments: [
        [0, 0, 0, 0],
        [5, 1, 0, 0],
      ],
    }),
  ) as object;
  const { positionOf } = parse(`)]}'\n${JSON.stringify({ ...map, ignoreList: [1] })}`);
  expect([positionOf(1, 1), positionOf(1, 6)]).toMatchObject([
    { file: "/shop/src/a.ts", foreign: false },
    { file: "/srv/b.ts", foreign: true },
  ]);
});

it("reads maps that say null for what they do not have", () => {
  const map = JSON.parse(makeMap({ sources: ["a.ts"], segments: [[0, 0, 0, 0]] })) as object;
  const empty = { sourceRoot: null, names: null, sourcesContent: null, ignoreList: null };
  expect(parse(JSON.stringify({ ...map, ...empty })).positionOf(1, 1)).toMatchObject({ file: "a/a.ts", line: 1 });
});

it("refuses what needs too much memory, before it is unpacked and before it is decoded", () => {
  const map = makeMap({ sources: ["a.ts"], segments: [[0, 0, 0, 0]], sourcesContent: ["x".repeat(2_000_000)] });
  expect(() => parse(map)).toThrow(MapTooLargeError);
  expect(() =>
    parse(JSON.stringify({ version: 3, sources: [], mappings: ";".repeat(900_000) }), {
      ...LIMITS,
      parsedBytes: 2 ** 24,
    }),
  ).toThrow(MapTooLargeError);
});

it("refuses what becomes large by the number of its values, before it is parsed", () => {
  const many = (value: string) => `{"version":3,"mappings":"AAAA","sources":[${Array(200_000).fill(value).join(",")}]}`;
  const limits = { ...LIMITS, parsedBytes: 2 ** 24 };
  expect(() => parse(many('"a"'), limits)).toThrow(MapTooLargeError);
  expect(() => parse("[".repeat(200_000), limits)).toThrow(MapTooLargeError);
  // What stands in texts is no value.
  const content = '[{,\\"'.repeat(100_000);
  const text = makeMap({ sources: ["a.ts"], segments: [[0, 0, 0, 0]], sourcesContent: [content] });
  expect(parse(text, { ...limits, mapBytes: 2 ** 24 }).positionOf(1, 1)).toMatchObject({ line: 1 });
});

it("refuses sections in sections", () => {
  const inner = {
    sections: [{ offset: { line: 0, column: 0 }, map: JSON.parse(makeMap({ sources: [], segments: [] })) as object }],
  };
  expect(() => parse(JSON.stringify({ sections: [{ offset: { line: 0, column: 0 }, map: inner }] }))).toThrow(Error);
});

it("reads a source's name in linear time", () => {
  const map = makeMap({ sources: ["(a)/".repeat(200_000)], segments: [[0, 0, 0, 0]] });
  expect(parse(map).positionOf(1, 1)!.file.length).toBeLessThanOrEqual(1024);
});

it("never fails at a position, whatever the map holds", () => {
  const base = JSON.parse(
    makeMap({
      sources: ["a.ts"],
      names: ["n"],
      sourcesContent: ["line"],
      segments: [
        [0, 0, 0, 0, 0],
        [9, 0, 3, 1],
      ],
    }),
  ) as Record<string, unknown>;
  const keys = [
    "version",
    "sources",
    "names",
    "mappings",
    "sourcesContent",
    "sourceRoot",
    "ignoreList",
    "x_google_ignoreList",
    "sections",
  ];
  const value = fc.oneof(
    fc.jsonValue(),
    fc.array(fc.oneof(fc.string(), fc.integer(), fc.constant(null))),
    fc.stringMatching(/^[A-Za-z0-9+/;,]{0,60}$/),
    fc.array(fc.record({ offset: fc.record({ line: fc.integer(), column: fc.integer() }), map: fc.constant(base) })),
  );
  const changes = fc.array(fc.tuple(fc.constantFrom(...keys), value), { maxLength: 3 });
  let read = 0;
  fc.assert(
    fc.property(changes, fc.integer({ min: -1, max: 5 }), fc.integer({ min: -1, max: 30 }), (changed, line, column) => {
      let map: ReadableMap;
      try {
        map = parse(JSON.stringify({ ...base, ...Object.fromEntries(changed) }));
      } catch {
        return;
      }
      read++;
      const position = map.positionOf(line, column);
      if (position === null) return;
      expect(typeof position.file).toBe("string");
      expect(Number.isInteger(position.line) && position.line > 0 && position.column > 0).toBe(true);
    }),
    { numRuns: 3000 },
  );
  expect(read).toBeGreaterThan(100);
});
