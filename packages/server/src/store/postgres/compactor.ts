import type { Pool } from "pg";
import { compactRollups } from "./compact-rollups.ts";

const ROWS_BEFORE_COMPACTION = 20_000;

export interface Compactor {
  /** Tells of appended delta rows and the oldest cell among them. */
  note(rows: number, oldest: number): void;
  close(): Promise<void>;
}

/** Joins delta rows in the background once there are many; one that fails is tried again with the next. */
export function createCompactor(pool: Pool, rowsBefore: number = ROWS_BEFORE_COMPACTION): Compactor {
  let rows = 0;
  let oldest = Number.POSITIVE_INFINITY;
  let running: Promise<void> | undefined;
  return {
    note(added, time) {
      rows += added;
      oldest = Math.min(oldest, time);
      if (rows < rowsBefore || running) return;
      const since = oldest;
      rows = 0;
      oldest = Number.POSITIVE_INFINITY;
      running = compactRollups(pool, since)
        .then(() => {})
        .catch(() => {
          oldest = Math.min(oldest, since);
        })
        .finally(() => {
          running = undefined;
        });
    },
    async close() {
      await running;
    },
  };
}
