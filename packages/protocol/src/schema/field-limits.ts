/** Longest values in UTF-16 units. A longer value of an identity refuses the event; see `TRUNCATED_LENGTHS` for the rest. */
export const IDENTITY_LENGTHS = {
  method: 32,
  route: 1024,
  client: 128,
  userId: 256,
  requestId: 128,
  errorId: 128,
  scheme: 16,
  id: 128,
  name: 256,
  unit: 64,
} as const;

/** Longer values of these are cut, since the beginning says enough. */
export const TRUNCATED_LENGTHS = {
  path: 4096,
  userAgent: 1024,
  host: 255,
  message: 16_384,
  rawStack: 65_536,
  type: 256,
  module: 512,
  code: 128,
  file: 1024,
  function: 512,
  sourceLine: 1000,
  url: 8192,
  contentType: 256,
  resource: 256,
  fingerprint: 1024,
} as const;

/** Longer lists are cut: the first exceptions and frames, the newest breadcrumbs. */
export const TRUNCATED_COUNTS = { sourceLines: 5, fingerprints: 32, headers: 200 } as const;

/** One week: a request that claims more is a broken clock. */
export const MAX_DURATION_MS = 604_800_000;
