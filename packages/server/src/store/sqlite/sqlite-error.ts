import { StoreError, type StoreErrorCode } from "../store-error.ts";

const CODES: Record<number, [StoreErrorCode, string]> = {
  5: ["store_locked", "The database is locked by another process"],
  6: ["store_locked", "The database is locked by another connection"],
  8: ["store_read_only", "The database is open for reading only"],
  10: ["store_io_failed", "The disk failed while the database was read or written"],
  11: ["store_corrupt", "The database file is damaged"],
  13: ["store_disk_full", "The disk is full"],
  14: ["store_unwritable", "The database file cannot be opened"],
  26: ["store_corrupt", "The file is not a database"],
};

/** Result code of SQLite that `error` carries, without its extended part; null when it is another error. */
function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return null;
  return error.errcode & 0xff;
}

/** Turns an error of node:sqlite into a typed one; other errors pass through unchanged. */
export function toStoreError(error: unknown, file: string): unknown {
  const code = resultCode(error);
  if (code === null || !(error instanceof Error)) return error;
  const known = CODES[code];
  if (!known)
    return new StoreError("store_failed", `The database refused a statement: ${error.message}.`, { cause: error });
  return new StoreError(known[0], `${known[1]} (${file}): ${error.message}.`, { cause: error });
}
