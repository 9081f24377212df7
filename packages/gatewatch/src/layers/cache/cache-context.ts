import type { Clock } from "../../gate/clock.ts";
import { createSlot, type Slot } from "../../gate/slot.ts";
import type { CacheRouteOptions } from "../../options/groups/cache.ts";
import type { ResponseStore } from "../../state/response-store.ts";
import type { PathTable } from "../../gate/path-table.ts";
import type { KeySettings } from "./address-request.ts";
import type { CaptureBudget } from "./capture-body.ts";
import type { Flights } from "./flights.ts";
import type { UnsharedKeys } from "./unshared-keys.ts";
import type { Visit } from "./visit.ts";

export interface CacheCounts {
  hits: number;
  misses: number;
  stale: number;
  revalidated: number;
  bypassed: number;
  stored: number;
  /** Requests that waited for another one's answer. */
  collapsed: number;
  /** Waits that were given up. */
  waitsOver: number;
  /** Requests whose client left while they waited. */
  left: number;
}

/** What both sides of one cache layer work with. */
export interface CacheContext {
  /** Names this cache in `Cache-Status`. */
  name: string;
  store: ResponseStore;
  flights: Flights;
  unshared: UnsharedKeys;
  budget: CaptureBudget;
  clock: Clock;
  counts: CacheCounts;
  keys: KeySettings;
  routes: PathTable<CacheRouteOptions>;
  /** Undefined when nothing is skipped. */
  isSkipped: ((method: string, path: string) => boolean) | undefined;
  /** Header names of one exchange, in lower case. */
  ownNames: ReadonlySet<string>;
  maxEntryBytes: number;
  heuristicFraction: number;
  maxHeuristicMs: number;
  staleIfErrorMs: number;
  storesCookies: boolean;
  heedsRequests: boolean;
  waitMs: number;
  showsTtl: boolean;
  /** What this layer keeps with an exchange. */
  visits: Slot<Visit>;
  /** A further layer encodes identity bodies for whoever takes them so. */
  isCompressed: boolean;
}

/** The cache layer that has the word in an exchange: the innermost, where a route has one of its own. */
export const OWNER = createSlot<CacheContext>("cache-owner");
