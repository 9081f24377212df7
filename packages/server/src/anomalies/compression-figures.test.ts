import { promisify } from "node:util";
import { brotliCompress, deflate, gzip, zstdCompress } from "node:zlib";
import { expect, test } from "vitest";
import { computeCompression } from "./compression-figures.ts";

const BASELINE = Array.from({ length: 20 }, (_, index) => JSON.stringify({ item: "book", price: index }));
const text = (lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(""));

test.each([
  ["zstd", promisify<Uint8Array, Buffer>(zstdCompress)],
  ["gzip", promisify<Uint8Array, Buffer>(gzip)],
  ["deflate", promisify<Uint8Array, Buffer>(deflate)],
  ["brotli", promisify<Uint8Array, Buffer>(brotliCompress)],
] as const)("figures of %s are those of the formulas", async (algorithm, compress) => {
  const window = ['{"item":"odd","price":"\' or 1=1 --"}'];
  const [b, w] = [text(BASELINE), text(window)];
  const [cb, cw, cbw] = await Promise.all(
    ([b, w, Buffer.concat([b, w])] as const).map(async (bytes) => (await compress(bytes)).length) as [
      Promise<number>,
      Promise<number>,
      Promise<number>,
    ],
  );
  expect(await computeCompression(BASELINE, window, algorithm)).toEqual({
    algorithm,
    fallbackFrom: null,
    ncd: Math.min(1, (cbw - Math.min(cb, cw)) / Math.max(cb, cw)),
    baselineRatio: b.length / cb,
    windowRatio: w.length / cw,
    baselineEntropy: expect.closeTo(entropyOf(b), 9) as number,
    windowEntropy: expect.closeTo(entropyOf(w), 9) as number,
  });
});

test("a codec that is not there is replaced, and the answer says by which", async () => {
  expect(await computeCompression(BASELINE, ["x"], "openzl")).toMatchObject({
    algorithm: "zstd",
    fallbackFrom: "openzl",
  });
});

test("nothing is said of too short a baseline, or of nothing", async () => {
  expect(await computeCompression(BASELINE.slice(0, 7), ["x"])).toBeNull();
  expect(await computeCompression(BASELINE, [])).toBeNull();
});

test("equal bytes have no entropy, all bytes eight bits", async () => {
  const all = Array.from({ length: 8 }, () => "aaaa");
  const figures = await computeCompression(all, [String.fromCharCode(...Array.from({ length: 128 }, (_, i) => i))]);
  expect(figures!.baselineEntropy).toBeCloseTo(entropyOf(text(all)), 9);
  expect(figures!.windowEntropy).toBeCloseTo(7, 1);
});

function entropyOf(bytes: Uint8Array): number {
  const shares = [...Map.groupBy(bytes, (byte) => byte).values()].map((group) => group.length / bytes.length);
  return -shares.reduce((sum, share) => sum + share * Math.log2(share), 0);
}
