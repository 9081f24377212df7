import type { JournalEntry, JournalPosition } from "../model/journal.ts";
import type { DigestStats } from "./digest-stats.ts";
import type { DigestUnit } from "./digest-unit.ts";

export interface DigestSteps {
  /** Runs every stage over the entries in one transaction of the store. */
  digestUnit(entries: readonly JournalEntry[]): Promise<DigestUnit>;
  /** Moves the store's position without any data; tells whether the store itself works. */
  movePosition(position: JournalPosition): Promise<void>;
  /** Durably keeps a record that cannot be digested. */
  putAside(entry: JournalEntry, error: unknown): Promise<void>;
  onUnit(unit: DigestUnit): void;
  /** Resolves after the time, or rejects when the digest is told to stop at once. */
  pause(ms: number): Promise<void>;
  log(level: "warn" | "error", message: string): void;
}

const MAX_PAUSE_MS = 10_000;
const ATTEMPTS = 3;
/** The store's own trouble, which no other choice of records can cure. */
const STORE_TROUBLE = new Set(["store_disk_full", "store_locked", "store_unreachable"]);
/** Trouble after which the process must end or the digest must stand still; see `runDigest`. */
const FINAL_TROUBLE = new Set(["store_io_failed", "store_corrupt", "store_closed", "store_newer_version"]);

/**
 * Digests all entries, whatever it takes: a unit that fails is tried again whole, then in halves, until the record that cannot be
 * digested stands alone and is put aside. While the store itself fails nothing is put aside. Returns the position after the entries.
 */
export async function digestEntries(
  entries: readonly JournalEntry[],
  position: JournalPosition,
  stats: DigestStats,
  steps: DigestSteps,
  attempts = ATTEMPTS,
): Promise<JournalPosition> {
  const end = entries.at(-1)!.end;
  let storeWasSound = false;
  for (let attempt = 1; ; attempt++) {
    try {
      steps.onUnit(await steps.digestUnit(entries));
      return end;
    } catch (error) {
      stats.failures++;
      if (isFinalTrouble(error)) throw error;
      steps.log(
        "warn",
        `A unit of ${entries.length} batches could not be digested (attempt ${attempt}): ${describe(error)}`,
      );
      if (!isStoreTrouble(error) && attempt >= attempts) {
        // The records are to blame only when the store worked both before and after they failed.
        const storeIsSound = await probeStore(position, steps);
        if (storeIsSound && storeWasSound) {
          if (entries.length > 1) return digestHalves(entries, position, stats, steps);
          await steps.putAside(entries[0]!, error);
          stats.poisoned++;
          await steps.movePosition(end);
          return end;
        }
        storeWasSound = storeIsSound;
      }
      await steps.pause(Math.min(MAX_PAUSE_MS, 50 * 2 ** Math.min(attempt, 10)));
    }
  }
}

async function digestHalves(
  entries: readonly JournalEntry[],
  position: JournalPosition,
  stats: DigestStats,
  steps: DigestSteps,
): Promise<JournalPosition> {
  const middle = entries.length >> 1;
  const half = await digestEntries(entries.slice(0, middle), position, stats, steps, 1);
  return digestEntries(entries.slice(middle), half, stats, steps, 1);
}

async function probeStore(position: JournalPosition, steps: DigestSteps): Promise<boolean> {
  try {
    await steps.movePosition(position);
    return true;
  } catch (error) {
    if (isFinalTrouble(error)) throw error;
    return false;
  }
}

function isStoreTrouble(error: unknown): boolean {
  return STORE_TROUBLE.has(String((error as { code?: unknown } | null)?.code));
}

/** Whether only a restart, or a person, can help. */
export function isFinalTrouble(error: unknown): boolean {
  return FINAL_TROUBLE.has(String((error as { code?: unknown } | null)?.code));
}

export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
