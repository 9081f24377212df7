import type { ReplayMemo } from "./replay-memo.ts";
import type { KnownEvent } from "./replays.ts";

/** An order's events, those that were or are being judged under their name told apart. */
export interface EventClaim {
  /** By the place in the order. */
  known: Map<number, Promise<KnownEvent>>;
  /** Places of those that are this order's to judge. */
  fresh: number[];
  /** What came of the fresh ones; one without an anomaly was not flagged. */
  settle(anomalies: readonly { index: number }[]): void;
  /** They were not judged: who waits for them fails likewise, and a retry judges them. */
  fail(error: unknown): void;
}

/**
 * Takes the events that nobody has judged under their name, in one go: an order waits only for orders that came before it, so that
 * no two wait for each other.
 *
 * @param names of the events, the same in a retry; null for those without one
 */
export function claimEvents(names: readonly (string | null)[], events: ReplayMemo<KnownEvent>): EventClaim {
  const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<number, { index: number }>>();
  // Nobody may wait for it.
  promise.catch(() => undefined);
  const known: EventClaim["known"] = new Map();
  const fresh: number[] = [];
  const claimed = new Set<string>();
  for (const [index, name] of names.entries()) {
    const isSecond = name !== null && claimed.has(name);
    const before = name === null || isSecond ? undefined : events.find(name);
    if (isSecond) known.set(index, Promise.resolve({ anomaly: null }));
    else if (before !== undefined) known.set(index, before);
    else {
      fresh.push(index);
      if (name === null) continue;
      claimed.add(name);
      events.note(
        name,
        promise.then((anomalies): KnownEvent => ({ anomaly: anomalies.get(index) ?? null })),
      );
    }
  }
  return {
    known,
    fresh,
    settle: (anomalies) => resolve(new Map(anomalies.map((anomaly) => [anomaly.index, anomaly]))),
    fail: reject,
  };
}
