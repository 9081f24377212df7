import { randomBytes } from "node:crypto";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { tryParseBearer } from "./admit-client.ts";
import { formatBatchId, makeBatchId, tryParseBatchId } from "./batch-id.ts";
import { nestsTooDeep } from "../model/check-nesting.ts";
import { createTextCleaner, cutText } from "./clean-text.ts";
import { decompress, parseContentEncoding, sniffEncoding } from "./decompress.ts";
import { FAKE_ANALYSIS } from "./fake-intake.ts";
import { analyseWithin } from "./instant-analysis.ts";
import { addToTally } from "./intake-counters.ts";
import { isLowerHex, isUuid } from "./is-hex.ts";

afterEach(() => void vi.useRealTimers());

describe("batch ids", () => {
  it("are 16 bytes of a UUID and back", () => {
    const text = "0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e2a";
    expect(formatBatchId(tryParseBatchId(text.toUpperCase())!)).toBe(text);
    for (const bad of ["", 5, null, `${text}0`, text.replace("-", ""), text.replace("0", "g")])
      expect(tryParseBatchId(bad)).toBeUndefined();
  });

  it("of the server's own are UUIDv7 with the time in front", () => {
    const now = 1_795_165_200_123;
    const text = formatBatchId(makeBatchId(now));
    expect(text).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(text.replaceAll("-", "").slice(0, 12), 16)).toBe(now);
  });
});

describe("isLowerHex() and isUuid()", () => {
  it.each(["0123456789abcdef", "0123456789abcdeg", "0123456789ABCDEF", "", "0123456789abcde\u0130"])(
    "judge %j as the patterns do",
    (text) => {
      expect(isLowerHex(text, 16)).toBe(/^[0-9a-f]{16}$/.test(text));
    },
  );

  it.each([
    "0197a3f4-5c1e-7d20-8F43-2b9f6c0d1e2a",
    "0197a3f455c1e-7d20-8f43-2b9f6c0d1e2a",
    "0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e2-",
    "",
  ])("judge %j as a UUID as the pattern does", (text) => {
    expect(isUuid(text)).toBe(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text));
  });
});

describe("nestsTooDeep()", () => {
  const pad = " ".repeat(1024 * 1024);
  it.each([
    [`${"[".repeat(64)}${pad}`, false],
    [`${"[".repeat(65)}${pad}`, true],
    [`${'{"a":'.repeat(65)}${pad}`, true],
    [`"${"[".repeat(100)}"${pad}`, false],
    [`"\\"${"[".repeat(100)}"${pad}`, false],
    [`${"[]".repeat(100)}${pad}`, false],
    ["[".repeat(100), false],
  ])("case %#", (text, deep) => {
    expect(nestsTooDeep(Buffer.from(text))).toBe(deep);
  });
});

describe("decompress()", () => {
  const large = randomBytes(100_000);

  it.each([
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ] as const)("unpacks large bodies of %s off the main thread", async (encoding, compress) => {
    expect(await decompress(compress(large), encoding, { maxBytes: 200_000 })).toEqual(large);
    await expect(decompress(compress(large), encoding, { maxBytes: 50_000 })).rejects.toMatchObject({
      code: "payload_too_large",
    });
    await expect(
      decompress(Buffer.concat([Buffer.from("xx"), large]), encoding, { maxBytes: 200_000 }),
    ).rejects.toMatchObject({
      code: "unreadable_frame",
    });
  });

  it("refuses what is too large as it comes, and too high a ratio", async () => {
    await expect(decompress(Buffer.alloc(5_000_000), "gzip", { maxBytes: 8_000_000 })).rejects.toMatchObject({
      code: "payload_too_large",
    });
    await expect(decompress(gzipSync(Buffer.alloc(1_000_000)), "gzip", { maxBytes: 8_000_000 })).rejects.toThrow(
      /100 times/,
    );
    expect(await decompress(gzipSync(Buffer.alloc(60_000)), "gzip", { maxBytes: 8_000_000 })).toHaveLength(60_000);
  });

  it("takes other encodings and bounds where a language asks for them", async () => {
    const text = Buffer.alloc(300_000, "password ");
    const bounds = { maxBytes: 1_000_000, maxRatio: 100_000 };
    expect(await decompress(brotliCompressSync(text), "br", bounds)).toEqual(text);
    await expect(decompress(brotliCompressSync(text), "br", { ...bounds, maxRatio: 200 })).rejects.toThrow(/200 times/);
    await expect(decompress(gzipSync(large), "gzip", { ...bounds, maxPackedBytes: 99_999 })).rejects.toMatchObject({
      code: "payload_too_large",
    });
    for (const pack of [deflateSync, deflateRawSync])
      expect(await decompress(pack(large), "deflate", { maxBytes: 200_000 })).toEqual(large);
    expect(parseContentEncoding("br", ["br"])).toBe("br");
    expect(() => parseContentEncoding("br")).toThrow("Content-Encoding must be gzip, zstd, deflate or identity.");
  });

  it("knows the names of encodings and their first bytes", () => {
    expect([undefined, "", "identity", "GZIP", "x-gzip", " zstd "].map((name) => parseContentEncoding(name))).toEqual([
      "identity",
      "identity",
      "identity",
      "gzip",
      "gzip",
      "zstd",
    ]);
    expect(() => parseContentEncoding("gzip, gzip")).toThrow(
      expect.objectContaining({ code: "unsupported_media_type" }) as Error,
    );
    expect([gzipSync("a"), zstdCompressSync("a"), Buffer.from("{}")].map(sniffEncoding)).toEqual([
      "gzip",
      "zstd",
      "identity",
    ]);
  });
});

describe("analyseWithin()", () => {
  it("gives the analysis, and a plain word when it is late", async () => {
    expect(
      await analyseWithin(
        async () => FAKE_ANALYSIS,
        () => expect.unreachable(),
      ),
    ).toBe(FAKE_ANALYSIS);
    vi.useFakeTimers();
    const late = analyseWithin(
      () => new Promise(() => {}),
      () => expect.unreachable(),
    );
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await late).toMatchObject({ status: "preliminary", confidence: 0 });
  });
});

describe("small parts", () => {
  it("a tally counts foreign names up to a bound, and never the prototype's", () => {
    const tally: Record<string, number> = {};
    for (let index = 0; index < 150; index++) addToTally(tally, `r${index}`, 1);
    addToTally(tally, "r0", 2);
    addToTally(tally, "constructor", 1);
    expect(Object.keys(tally)).toHaveLength(101);
    expect([tally["r0"], tally["other"]]).toEqual([3, 51]);
  });

  it.each([
    ["Bearer abc", "abc"],
    ["bearer  a.b-c=", "a.b-c="],
    ["Basic abc", undefined],
    ["Bearer", undefined],
    ["Bearer a b", undefined],
    [`Bearer ${"a".repeat(513)}`, undefined],
    [undefined, undefined],
  ])("the token of %j is %j", (header, token) => {
    expect(tryParseBearer(header)).toBe(token);
  });

  it("a text is never cut within a character", () => {
    expect(cutText("ab😀", 3)).toBe("ab");
    expect(cutText("ab😀", 4)).toBe("ab😀");
  });

  it("a cleaner asks the rules once for a string, and again after 16,384 others", () => {
    const asked: string[] = [];
    const spy = (value: string) => (asked.push(value), value);
    const rules = { redactText: spy, redactUrl: spy, redactSource: spy } as unknown as Parameters<
      typeof createTextCleaner
    >[0];
    const cleaner = createTextCleaner(rules, false);
    cleaner.text("a");
    cleaner.text("a");
    expect(asked).toEqual(["a"]);
    for (let index = 0; index < 20_000; index++) cleaner.text(`x${index}`);
    cleaner.text("a");
    expect(asked.filter((value) => value === "a")).toHaveLength(2);
    expect(createTextCleaner(rules, true).text("plain/a")).toBe("plain/a");
    expect(asked).not.toContain("plain/a");
  });
});
