/** Bits kept with a stored response. */
export const TRAITS = {
  /** May answer requests that carry credentials (RFC 9111, section 3.5). */
  anyUser: 1,
  /** The app itself said how long it is fresh: it may answer requests that carry cookies. */
  explicit: 2,
  /** Never used stale, whatever else is said. */
  mustRevalidate: 4,
  /** Never used without being confirmed. */
  noCache: 8,
  /** A reload does not confirm it while it is fresh (RFC 8246). */
  immutable: 16,
  /** Requests with cookies may be answered by the rule of its path. */
  anyCookies: 32,
} as const;
