import { StoreError, type StoreErrorCode } from "../store-error.ts";

/** SQLSTATE (https://www.postgresql.org/docs/15/errcodes-appendix.html) or its class → ours. */
const CODES: Record<string, [StoreErrorCode, string]> = {
  "53100": ["store_disk_full", "The database server's disk is full"],
  "58030": ["store_io_failed", "The database server's disk failed"],
  XX001: ["store_corrupt", "The database is damaged"],
  XX002: ["store_corrupt", "An index of the database is damaged"],
  "25006": ["store_read_only", "The database is open for reading only"],
  "42501": ["store_unwritable", "The database user may not do this"],
  "55P03": ["store_locked", "The database is locked by another process"],
  "08": ["store_unreachable", "The connection to the database broke"],
  "28": ["store_unreachable", "The database refused the user or password"],
  "3D": ["store_unreachable", "The database server has no such database"],
  "53": ["store_unreachable", "The database server has no room for another connection"],
  "57P": ["store_unreachable", "The database server is stopping or starting"],
};

/** Turns an error of pg into a typed one; errors of others pass through unchanged. */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const known = CODES[code] ?? CODES[code.slice(0, 3)] ?? CODES[code.slice(0, 2)];
  if (known) return new StoreError(known[0], `${known[1]}: ${error.message}.`, { cause: error });
  // An address with several hosts fails with an error of errors, whose own message is empty.
  if (/^E[A-Z]+$/.test(code) || /^Connection terminated|^timeout exceeded|not queryable/.test(error.message))
    return new StoreError("store_unreachable", `The database server cannot be reached: ${error.message || code}.`, {
      cause: error,
    });
  if (error.message.startsWith("Cannot use a pool after"))
    return new StoreError("store_closed", "The store is closed.", { cause: error });
  if (/^[0-9A-Z]{5}$/.test(code))
    return new StoreError("store_failed", `The database refused a statement: ${error.message}.`, { cause: error });
  return error;
}
