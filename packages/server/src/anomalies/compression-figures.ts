import { promisify } from "node:util";
import * as zlib from "node:zlib";
import type { CompressionFigures } from "@gatewatch/protocol";

type Compress = (bytes: Uint8Array) => Promise<{ length: number }>;

/** Compressors by name; the first is taken when none is asked for, and further ones in this order when one is not there. */
const ALGORITHMS: readonly { name: string; compress: Compress | null }[] = [
  {
    name: "zstd",
    // Older versions of Node.js have none.
    compress: typeof zlib.zstdCompress === "function" ? promisify<Uint8Array, Buffer>(zlib.zstdCompress) : null,
  },
  { name: "gzip", compress: promisify<Uint8Array, Buffer>(zlib.gzip) },
  { name: "deflate", compress: promisify<Uint8Array, Buffer>(zlib.deflate) },
  { name: "brotli", compress: promisify<Uint8Array, Buffer>(zlib.brotliCompress) },
];

/** The names of those that are there, the usual one first. */
export const COMPRESSORS: readonly string[] = ALGORITHMS.filter(({ compress }) => compress !== null).map(
  ({ name }) => name,
);

const MIN_BASELINE = 8;
const MAX_BYTES = 256 * 1024;

/**
 * Figures of compression for a window of events beside a baseline of earlier ones, each event a line. They are shown and decide nothing.
 * Null while the baseline is too short to say anything. NCD after Cilibrasi and Vitányi (2005), clamped to 0..1.
 */
export async function computeCompression(
  baseline: readonly string[],
  window: readonly string[],
  wanted = "zstd",
): Promise<CompressionFigures | null> {
  if (baseline.length < MIN_BASELINE || window.length === 0) return null;
  const { name, compress } = findAlgorithm(wanted);
  const b = toBytes(baseline);
  const w = toBytes(window);
  const both = Buffer.concat([b, w]);
  const [cb, cw, cbw] = await Promise.all([b, w, both].map(async (bytes) => (await compress(bytes)).length));
  return {
    algorithm: name,
    fallbackFrom: name === wanted ? null : wanted.slice(0, 40),
    ncd: Math.min(1, Math.max(0, (cbw! - Math.min(cb!, cw!)) / Math.max(cb!, cw!))),
    baselineRatio: b.length / cb!,
    windowRatio: w.length / cw!,
    baselineEntropy: measureEntropy(b),
    windowEntropy: measureEntropy(w),
  };
}

function findAlgorithm(wanted: string): { name: string; compress: Compress } {
  const asked = ALGORITHMS.find(({ name, compress }) => name === wanted && compress !== null);
  const found = asked ?? ALGORITHMS.find(({ compress }) => compress !== null)!;
  return { name: found.name, compress: found.compress! };
}

function toBytes(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join("")).subarray(0, MAX_BYTES);
}

/** Shannon entropy of the bytes, in bits a byte. */
function measureEntropy(bytes: Uint8Array): number {
  const counts = new Float64Array(256);
  for (const byte of bytes) counts[byte]! += 1;
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= (count / bytes.length) * Math.log2(count / bytes.length);
  return bits;
}
