/** What can go wrong in the store, each with its way out. */
export const STORE_ERRORS = {
  store_disk_full:
    "Free space on the disk or lower the retention; nothing was half written, and the same work can be repeated.",
  store_io_failed: "Check the disk and its mount; the server must be restarted after it is repaired.",
  store_locked: "Another Gatewatch process uses the same data; stop it, or give this one another data folder.",
  store_corrupt: "Stop the server, keep the damaged files, and restore the newest backup.",
  store_missing:
    "Restore the newest backup into the folder (gatewatch.db and the events-*.db beside it), or move the folder away to begin with an empty one.",
  store_newer_version:
    "The data was written by a newer Gatewatch; start that version, or restore the backup made before its upgrade.",
  store_migration_failed: "Nothing was changed; a backup lies beside the data. Read the cause and try again.",
  store_unwritable: "Give the user that runs the server the right to write the data folder.",
  store_unreachable: "Check that the database server runs, and the address, user and password in DATABASE_URL.",
  store_unsupported: "Use PostgreSQL 15 or newer.",
  store_read_only:
    "Give the user that runs the server the right to write the data folder; readers send their writes to the writer.",
  store_closed: "The store is closed; start the server again.",
  store_failed: "This is a fault of Gatewatch; the cause is in the server's log.",
} as const;
export type StoreErrorCode = keyof typeof STORE_ERRORS;

/** A failure of the store: `message` says what happened, `help` what to do. Nothing is half written when it is thrown. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly help: string;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
    this.help = STORE_ERRORS[code];
  }
}
