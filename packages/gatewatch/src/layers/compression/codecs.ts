import * as zlib from "node:zlib";
import type { EncodedOutput } from "../../gate/body-plan.ts";
import { StreamEncoder, type ZlibStream } from "./stream-encoder.ts";

/** One content coding. */
export interface Codec {
  readonly name: string;
  encodeWhole(bytes: Uint8Array): Uint8Array;
  open(output: EncodedOutput, isEager: boolean): StreamEncoder;
}

export interface CodecLevels {
  gzipLevel: number;
  brotliQuality: number;
  zstdLevel: number;
}

/** Those of `names` that this Node has. */
export function createCodecs(names: readonly string[], levels: CodecLevels): Map<string, Codec> {
  const all: Record<string, Codec | undefined> = {
    gzip: createGzip(levels.gzipLevel),
    br: createBrotli(levels.brotliQuality),
    zstd: createZstd(levels.zstdLevel),
  };
  return new Map(
    names.flatMap((name): [string, Codec][] => {
      const codec = all[name];
      return codec === undefined ? [] : [[name, codec]];
    }),
  );
}

function createGzip(level: number): Codec {
  const { Z_SYNC_FLUSH } = zlib.constants;
  return {
    name: "gzip",
    encodeWhole: (bytes) => zlib.gzipSync(bytes, { level }),
    open: (output, isEager) => wrap(zlib.createGzip({ level }), Z_SYNC_FLUSH, output, isEager),
  };
}

function createBrotli(quality: number): Codec {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, BROTLI_OPERATION_FLUSH } = zlib.constants;
  return {
    name: "br",
    encodeWhole: (bytes) =>
      zlib.brotliCompressSync(bytes, {
        params: { [BROTLI_PARAM_QUALITY]: quality, [BROTLI_PARAM_SIZE_HINT]: bytes.byteLength },
      }),
    open: (output, isEager) =>
      wrap(
        zlib.createBrotliCompress({ params: { [BROTLI_PARAM_QUALITY]: quality } }),
        BROTLI_OPERATION_FLUSH,
        output,
        isEager,
      ),
  };
}

/** Node has it from 22.15 and 23.8 on. */
function createZstd(level: number): Codec | undefined {
  const { zstdCompressSync, createZstdCompress } = zlib as Partial<typeof zlib>;
  if (zstdCompressSync === undefined || createZstdCompress === undefined) return undefined;
  const { ZSTD_c_compressionLevel, ZSTD_e_flush } = zlib.constants;
  const params = { [ZSTD_c_compressionLevel]: level };
  return {
    name: "zstd",
    encodeWhole: (bytes) => zstdCompressSync(bytes, { params }),
    open: (output, isEager) => wrap(createZstdCompress({ params }), ZSTD_e_flush, output, isEager),
  };
}

function wrap(stream: ZlibStream, flushKind: number, output: EncodedOutput, isEager: boolean): StreamEncoder {
  return new StreamEncoder({ stream, flushKind, output, isEager });
}
