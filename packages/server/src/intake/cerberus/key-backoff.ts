import type { Clock } from "../../model/clock.ts";

/** Wrong keys of one address that are answered at once: a typo is seen quickly. */
const FREE = 3;
const FIRST_MS = 250;
const MAX_MS = 3_000;
const FORGET_MS = 15 * 60_000;
const MAX_ADDRESSES = 10_000;

/** How long answers to wrong keys wait, by address. Good keys of the same address never wait. */
export interface KeyBackoff {
  /** Counts one more wrong key; milliseconds that its answer has to wait. */
  delayOf(address: string): number;
}

/** Wrong keys are answered ever later, up to what their clients bear: closing would only make them come again with each event. */
export function createKeyBackoff(now: Clock): KeyBackoff {
  const wrong = new Map<string, { count: number; at: number }>();
  return {
    delayOf(address) {
      const before = wrong.get(address);
      const at = now();
      const count = before === undefined || at - before.at > FORGET_MS ? 1 : before.count + 1;
      wrong.delete(address);
      wrong.set(address, { count, at });
      if (wrong.size > MAX_ADDRESSES) wrong.delete(wrong.keys().next().value!);
      return count <= FREE ? 0 : Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(10, count - FREE - 1));
    },
  };
}
