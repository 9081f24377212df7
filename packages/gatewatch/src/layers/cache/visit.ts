import type { Found, Lease, StoredResponse } from "../../state/response-store.ts";
import type { RequestAddress } from "./address-request.ts";
import type { Flight } from "./flights.ts";
import type { RequestFacts } from "./read-request.ts";

/** Why a request went on to the app (RFC 9211, section 2.2). */
export type Forwarded = "bypass" | "uri-miss" | "vary-miss" | "request" | "stale";

/** A request that the app answers, and whose answer others may get. */
export interface FillingVisit {
  readonly kind: "filling";
  readonly address: RequestAddress;
  readonly request: RequestFacts;
  readonly found: Found;
  readonly forwarded: Forwarded;
  /** Epoch milliseconds. */
  readonly startedMs: number;
  /** Undefined when nobody waits for what this request brings. */
  readonly flight: Flight | undefined;
  readonly lease: Lease | undefined;
  /** What the app is asked to confirm, or what may stand in for its error. */
  readonly stored: StoredResponse | undefined;
  /** The request's own conditions, while others stand in their place. */
  conditions: Map<string, string | undefined> | undefined;
  /** Keeps the lease until it is given back. */
  renewal: ReturnType<typeof setInterval> | undefined;
  /** Its end is being seen to. */
  isSettled: boolean;
}

/** A request that waits for a store, or for what another one brings. */
export interface WaitingVisit {
  readonly kind: "waiting";
  /** Its client has left. */
  isOver: boolean;
  /** Ends a wait for another request. */
  stop: (() => void) | undefined;
}

export type Visit =
  | FillingVisit
  | WaitingVisit
  /** The cache itself has answered. */
  | { readonly kind: "answered" }
  /** Nothing is looked up or kept. */
  | { readonly kind: "bypass"; readonly detail: string }
  /** May change what others have got. */
  | { readonly kind: "unsafe" };

export const ANSWERED: Visit = Object.freeze({ kind: "answered" });
export const UNSAFE: Visit = Object.freeze({ kind: "unsafe" });
