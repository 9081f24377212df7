import type { Clock } from "../../gate/clock.ts";
import type { Layer } from "../../gate/layer.ts";
import { createSlot } from "../../gate/slot.ts";
import type { CacheOptions, CacheRouteOptions } from "../../options/groups/cache.ts";
import { checkCacheOptions } from "../../options/values/check-cache-options.ts";
import type { ResponseStore } from "../../state/response-store.ts";
import { compileWatched, PathTable, settleByAll } from "../../gate/path-table.ts";
import { type CacheContext, OWNER } from "./cache-context.ts";
import type { StorePurges } from "./cache-purges.ts";
import { FillCache } from "./fill-cache.ts";
import { Flights } from "./flights.ts";
import { LookUp } from "./look-up.ts";
import { UnsharedKeys } from "./unshared-keys.ts";
import { ANSWERED, type WaitingVisit } from "./visit.ts";

export interface CachePorts {
  store: ResponseStore;
  clock: Clock;
  /** Header names of one exchange that other layers were given. */
  ownNames: readonly string[];
  /** Whether the compression layer works. */
  isCompressed: boolean;
  /** What tells the cache of a route from that of the whole app, and from those of routes with other options. */
  region?: string;
  /** Hears of the store. */
  purges?: StorePurges | undefined;
}

/** A shared HTTP cache by RFC 9111 in front of the app. */
export function createCacheLayer(options: CacheOptions, ports: CachePorts): Layer {
  checkCacheOptions(options);
  const context = createContext(options, ports);
  const lookUp = new LookUp(context);
  const fill = new FillCache(context);
  const { store, counts, flights } = context;
  ports.purges?.add(store);
  return {
    name: "cache",
    onRequest: (x) => lookUp.answer(x) as ReturnType<NonNullable<Layer["onRequest"]>>,
    onHead(x, head, body) {
      const visit = context.visits.get(x);
      if (visit === undefined) return;
      if (OWNER.get(x) === context) fill.takeHead(x, head, body, visit);
      else if (visit.kind === "filling") fill.leave(visit);
    },
    onUnhandled(x) {
      const visit = context.visits.get(x);
      if (visit?.kind !== "filling") return undefined;
      const reply = fill.standInForException(x, visit);
      if (reply !== undefined) context.visits.set(x, ANSWERED);
      return reply;
    },
    onFinish(x) {
      const visit = context.visits.get(x);
      if (visit?.kind === "filling") fill.finish(visit);
      else if (visit?.kind === "waiting") {
        counts.left++;
        leaveWait(visit);
      }
    },
    stats: () => ({ ...counts, flights: flights.size, ...store.stats() }),
    close: () => store.close(),
  };
}

/** The client has gone: nobody waits any more. */
function leaveWait(visit: WaitingVisit): void {
  visit.isOver = true;
  visit.stop?.();
}

function createContext(
  options: CacheOptions,
  { store, clock, ownNames, isCompressed, region }: CachePorts,
): CacheContext {
  return {
    name: options.name,
    store,
    flights: new Flights(),
    unshared: new UnsharedKeys(),
    budget: { usedBytes: 0, maxBytes: options.maxBytes },
    clock,
    counts: {
      hits: 0,
      misses: 0,
      stale: 0,
      revalidated: 0,
      bypassed: 0,
      stored: 0,
      collapsed: 0,
      waitsOver: 0,
      left: 0,
    },
    keys: { region, keyHeaders: options.keyHeaders.map((name) => name.toLowerCase()), byDevice: options.byDevice },
    routes: new PathTable<CacheRouteOptions>(
      Object.entries(options.routes ?? {}).map(
        ([path, rule]) => [path, typeof rule === "number" ? { ttlMs: rule } : rule] as const,
      ),
      settleByAll,
    ),
    // What must not be kept must not be kept under another spelling either.
    isSkipped: compileWatched(options.skip),
    ownNames: new Set(ownNames.map((name) => name.toLowerCase())),
    maxEntryBytes: options.maxEntryBytes,
    heuristicFraction: options.heuristicFraction,
    maxHeuristicMs: options.maxHeuristicMs,
    staleIfErrorMs: options.staleIfErrorMs,
    storesCookies: options.storeSetCookie,
    heedsRequests: options.heedRequests,
    waitMs: options.waitMs,
    showsTtl: options.ttlHeader,
    visits: createSlot("cache"),
    isCompressed,
  };
}
