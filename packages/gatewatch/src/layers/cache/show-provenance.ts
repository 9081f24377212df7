import type { StoredResponse } from "../../state/response-store.ts";
import type { Provenance } from "./answer-from-store.ts";
import type { CacheContext } from "./cache-context.ts";
import { ageOf } from "./judge-reuse.ts";
import type { Forwarded } from "./visit.ts";

export interface ForwardedFacts {
  forwarded: Forwarded;
  status: number;
  isStored?: boolean;
  detail?: string | undefined;
}

/** A stored response answers. Members and parameters by RFC 9211. */
export function showHit(
  { name, showsTtl }: CacheContext,
  stored: StoredResponse,
  nowMs: number,
  xCache: "HIT" | "STALE",
  collapsed?: Forwarded,
): Provenance {
  const ttlS = Math.floor((stored.freshMs - ageOf(stored, nowMs)) / 1000);
  const how = collapsed === undefined ? "hit" : `fwd=${collapsed}; collapsed`;
  return { xCache, cacheStatus: `${name}; ${how}; ttl=${ttlS}`, ttlS: showsTtl ? ttlS : undefined };
}

/** The app answers. */
export function showForwarded({ name }: CacheContext, { forwarded, status, isStored, detail }: ForwardedFacts): string {
  let text = `${name}; fwd=${forwarded}; fwd-status=${status}`;
  if (isStored === true) text += "; stored";
  return detail === undefined ? text : `${text}; detail=${detail}`;
}
