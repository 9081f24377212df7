/** Bounds of the native wire; both ends hold to them. Bytes are after decompression unless said. */
export const WIRE_LIMITS = {
  /** One batch, decompressed. */
  maxBatchBytes: 8 * 1024 * 1024,
  /** One batch on the wire. */
  maxCompressedBytes: 4 * 1024 * 1024,
  /** Decompressed size over compressed size, checked above 64 KiB. */
  maxCompressionRatio: 100,
  maxEvents: 10_000,
  maxDictEntries: 20_000,
  /** One error event as JSON. */
  maxErrorBytes: 512 * 1024,
  /** Any other event as JSON. */
  maxEventBytes: 64 * 1024,
  maxDepth: 20,
  maxStringLength: 256 * 1024,
  maxExceptions: 20,
  maxFrames: 100,
  maxBreadcrumbs: 100,
  maxAttributes: 128,
  /** An event's time may lie this far ahead of the server's clock; later times are set to the time of receipt. */
  maxFutureMs: 5 * 60_000,
  /** Older events are refused. */
  maxAgeMs: 30 * 86_400_000,
} as const;
