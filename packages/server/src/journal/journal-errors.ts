import { JournalError } from "../model/journal.ts";

/** Whether the disk is full, which may pass. */
export function isSpaceError(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
}

export function fsyncError(error: unknown): JournalError {
  const message = `fdatasync of the journal failed (${describe(error)}). It is never retried: what was not acknowledged may be lost, and the server has to stop.`;
  return new JournalError("journal_fsync_failed", message, { cause: error });
}

export function closedError(): JournalError {
  return new JournalError(
    "journal_closed",
    "The journal is closed: the server is stopping. Retry the same batch later.",
  );
}

export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
