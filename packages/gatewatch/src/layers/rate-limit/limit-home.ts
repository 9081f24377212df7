import type { RateLimitOptions } from "../../options/groups/rate-limit.ts";
import type { CounterStore } from "../../state/counters/counter-store.ts";

/** What the limits of one Gatewatch share, those of single routes included. */
interface LimitHome {
  stores: Map<string, CounterStore>;
  /** Limits that go by the name that is used when none is given. */
  unnamed: number;
}

const UNNAMED = "default";
const HOMES = new WeakMap<object, LimitHome>();

/** Limits that count in the same place share one store, so that a group is one counter wherever it is named. */
export function shareCounters(owner: object, options: RateLimitOptions, open: () => CounterStore): CounterStore {
  const { stores } = homeOf(owner);
  const { store, maxKeys, redisPrefix, redisTimeoutMs, failMode, localShare } = options;
  const place = JSON.stringify(
    store === "memory" ? [store, maxKeys] : [maxKeys, redisPrefix, redisTimeoutMs, failMode, localShare],
  );
  let shared = stores.get(place);
  if (shared === undefined) {
    shared = open();
    stores.set(place, shared);
  }
  return shared;
}

/** A second limit without a name counts apart from the first: it is another limit, mostly of one route. */
export function nameLimit(owner: object, options: RateLimitOptions): RateLimitOptions {
  if (options.group !== UNNAMED) return options;
  const home = homeOf(owner);
  home.unnamed++;
  return home.unnamed === 1 ? options : { ...options, group: `${UNNAMED}-${home.unnamed}` };
}

function homeOf(owner: object): LimitHome {
  let home = HOMES.get(owner);
  if (home === undefined) {
    home = { stores: new Map(), unnamed: 0 };
    HOMES.set(owner, home);
  }
  return home;
}
