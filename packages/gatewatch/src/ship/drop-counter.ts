import type { DropReason } from "@gatewatch/protocol";

/** Counts drops for ever (`totals`) and since the last batch (`take`), which reports them to the server. */
export interface DropCounter {
  add(reason: DropReason, count: number): void;
  /** Gives back what a batch carried that never arrived. */
  restore(drops: Readonly<Record<string, number>>): void;
  /** What was counted since the last call; undefined when nothing was. */
  take(): Record<string, number> | undefined;
  totals(): Partial<Record<DropReason, number>>;
}

export function createDropCounter(): DropCounter {
  const totals = new Map<DropReason, number>();
  let fresh = new Map<string, number>();
  const increase = <K>(map: Map<K, number>, key: K, count: number): unknown =>
    map.set(key, (map.get(key) ?? 0) + count);
  return {
    add(reason, count) {
      if (count <= 0) return;
      increase(totals, reason, count);
      increase(fresh, reason, count);
    },
    restore(drops) {
      for (const [reason, count] of Object.entries(drops)) increase(fresh, reason, count);
    },
    take() {
      if (fresh.size === 0) return undefined;
      const drops = Object.fromEntries(fresh);
      fresh = new Map();
      return drops;
    },
    totals: () => Object.fromEntries(totals),
  };
}
