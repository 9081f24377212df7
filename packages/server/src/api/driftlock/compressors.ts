import type { CompressionFigures } from "@gatewatch/protocol";
import type { DetectionVerbs } from "../../model/detection.ts";

type Watch = Pick<DetectionVerbs, "compressors" | "measureCompression">;

/** This language's names for formats that we call otherwise: plain zlib, RFC 1950. */
const ALIASES: Readonly<Record<string, string>> = { zlab: "deflate", zlib: "deflate" };
const NAMES: Readonly<Record<string, string>> = { deflate: "zlab" };
const MAX_NAME = 40;

/** What figures are measured with. */
export interface Compressor {
  name: string;
  /** What was asked for and is not there. */
  fallbackFrom: string | null;
}

/** The names of the compressors that there are. */
export function listCompressors({ compressors }: Watch): string[] {
  return compressors.map((name) => NAMES[name] ?? name);
}

/** The wanted compressor, or the usual one in its place. */
export function chooseCompressor(wanted: string | undefined, watch: Watch): Compressor {
  const [usual = "gzip"] = watch.compressors;
  if (wanted === undefined) return { name: usual, fallbackFrom: null };
  const isThere = watch.compressors.includes(ALIASES[wanted] ?? wanted);
  return isThere ? { name: wanted, fallbackFrom: null } : { name: usual, fallbackFrom: wanted.slice(0, MAX_NAME) };
}

/** Null while the baseline is too short to say anything. */
export function measure(
  baseline: readonly string[],
  window: readonly string[],
  { name }: Pick<Compressor, "name">,
  watch: Watch,
): Promise<CompressionFigures | null> {
  return watch.measureCompression(baseline, window, ALIASES[name] ?? name);
}
