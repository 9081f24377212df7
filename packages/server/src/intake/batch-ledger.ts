type Outcome = "durable" | "failed";

/** Remembers recent batches, so that a retry is answered without being written again. */
export interface BatchLedger {
  /**
   * Runs `write` unless the batch is durable already; a copy that arrives meanwhile waits for the outcome, and tries itself when that failed.
   * Returns whether it was a duplicate.
   */
  once(key: string, write: () => Promise<void>): Promise<{ duplicate: boolean }>;
  readonly size: number;
}

/** Keeps the newest `maxEntries` durable batches; older ones are recognised further down. */
export function createBatchLedger(maxEntries: number): BatchLedger {
  const durable = new Set<string>();
  const pending = new Map<string, Promise<Outcome>>();

  async function write(key: string, work: () => Promise<void>): Promise<void> {
    let settle: (outcome: Outcome) => void = () => {};
    pending.set(key, new Promise((resolve) => (settle = resolve)));
    let outcome: Outcome = "failed";
    try {
      await work();
      outcome = "durable";
      durable.add(key);
      if (durable.size > maxEntries) durable.delete(durable.values().next().value!);
    } finally {
      pending.delete(key);
      settle(outcome);
    }
  }

  return {
    async once(key, work) {
      for (;;) {
        if (durable.has(key)) return { duplicate: true };
        const first = pending.get(key);
        if (first === undefined) {
          await write(key, work);
          return { duplicate: false };
        }
        if ((await first) === "durable") return { duplicate: true };
      }
    },
    get size() {
      return durable.size + pending.size;
    },
  };
}
