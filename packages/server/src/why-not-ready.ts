import { statfs } from "node:fs/promises";
import type { Clock } from "./model/clock.ts";
import type { JournalError } from "./model/journal.ts";

/** How long a refused write speaks against the server: nobody sends to one that is not ready, so nothing else would end it. */
const REFUSAL_COUNTS_MS = 10_000;
/** Room for one group of the journal: with less, the next write may be refused as the last one was. */
const LEAST_FREE_BYTES = 8 * 1024 * 1024;

export interface ReadinessParts {
  /** Why the digest stands still; null while it works. */
  halted(): string | null;
  journal: {
    backlogBytes(): number;
    /** The last write, when it was refused. */
    lastRefusal(): { at: number; error: JournalError } | null;
  };
  maxBacklogBytes: number;
  /** Free bytes where the journal lies; null when nobody can tell. */
  freeBytes(): Promise<number | null>;
  clock: Clock;
}

/** Why this server cannot take events now, in a sentence; null when it can. */
export async function whyNotReady(parts: ReadinessParts): Promise<string | null> {
  const halted = parts.halted();
  if (halted !== null) return halted;
  const backlog = parts.journal.backlogBytes();
  if (backlog > parts.maxBacklogBytes)
    return `${backlog} bytes wait to be digested; beyond ${parts.maxBacklogBytes} nothing is taken.`;
  const refusal = parts.journal.lastRefusal();
  if (refusal === null) return null;
  if (parts.clock() - refusal.at < REFUSAL_COUNTS_MS) return refusal.error.message;
  const free = await parts.freeBytes();
  return free !== null && free < LEAST_FREE_BYTES ? refusal.error.message : null;
}

/** Free bytes for this user on the disk of a folder; null when the system does not tell. */
export async function readFreeBytes(folder: string): Promise<number | null> {
  const disk = await statfs(folder).catch(() => null);
  return disk === null ? null : disk.bavail * disk.bsize;
}
