import type { StoredResponse } from "../../state/response-store.ts";
import type { RequestFacts } from "./read-request.ts";
import { TRAITS } from "./traits.ts";

/** What may be done with a stored response. */
export type Reuse =
  /** It answers. */
  | "fresh"
  /** It is stale, and the request takes it so. */
  | "stale"
  /** It is stale, and answers while another request confirms it. */
  | "while-revalidate"
  /** The app has to confirm it. */
  | "validate"
  /** It is not for this request. */
  | "none";

export function ageOf({ initialAgeMs, receivedMs }: StoredResponse, nowMs: number): number {
  return initialAgeMs + Math.max(0, nowMs - receivedMs);
}

/** RFC 9111, section 4. */
export function judgeReuse(stored: StoredResponse, request: RequestFacts, nowMs: number): Reuse {
  const { traits } = stored;
  if (request.hasCredentials && (traits & TRAITS.anyUser) === 0) return "none";
  if (request.hasCookies && (traits & (TRAITS.explicit | TRAITS.anyCookies)) === 0) return "none";
  if ((traits & TRAITS.noCache) !== 0) return "validate";
  const ageMs = ageOf(stored, nowMs);
  const leftMs = stored.freshMs - ageMs;
  const isFresh = leftMs > 0;
  if (isFresh && (traits & TRAITS.immutable) !== 0) return "fresh";
  if (request.noCache || (leftMs < request.minFreshMs && request.minFreshMs > 0)) return "validate";
  if (request.maxAgeMs !== undefined && ageMs > request.maxAgeMs && request.maxStaleMs === 0) return "validate";
  if (isFresh) return "fresh";
  if ((traits & TRAITS.mustRevalidate) !== 0) return "validate";
  if (-leftMs < request.maxStaleMs) return "stale";
  return -leftMs < stored.staleWhileRevalidateMs ? "while-revalidate" : "validate";
}

/** RFC 5861, section 4: whether it may stand in for an error. */
export function mayStandIn(stored: StoredResponse, nowMs: number): boolean {
  if (stored.status >= 500 || (stored.traits & (TRAITS.mustRevalidate | TRAITS.noCache)) !== 0) return false;
  return ageOf(stored, nowMs) - stored.freshMs < stored.staleIfErrorMs;
}
