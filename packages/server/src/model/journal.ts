/** Where a record ends in the journal; later records have greater positions. */
export interface JournalPosition {
  segment: number;
  offset: number;
}

/**
 * One acknowledged batch as the journal keeps it: already validated and redacted.
 * `body` is the canonical JSON text (UTF-8) of a `NativeBatch` whose requests stand in `columns`.
 */
export interface JournalRecord {
  projectId: number;
  /** Epoch milliseconds of receipt. */
  receivedAt: number;
  /** 16 bytes: the client's batch id, or one that the server made for clients without. */
  batchId: Uint8Array;
  body: Uint8Array;
}

export interface JournalEntry extends JournalRecord {
  /** Position just after this record. */
  end: JournalPosition;
}

/** Durable, append-only and ordered: the wall between what was acknowledged and what is digested. */
export interface Journal {
  /** Resolves once the record is durable (group fdatasync, waiting at most 2 ms). Rejects with a `JournalError` when it was not written. */
  append(record: JournalRecord): Promise<JournalPosition>;
  /** Undigested bytes; intake refuses with 503 beyond its bound. */
  backlogBytes(): number;
  /** Tells that everything up to `position` is committed in the store, so that older segments may be deleted. */
  release(position: JournalPosition): Promise<void>;
  close(): Promise<void>;
}

/** The consumer's side; it may live in another thread than the writer. */
export interface JournalReader {
  /** Up to `maxBytes` of records after `position`, durable ones only; an empty array when there is nothing more. */
  read(position: JournalPosition, maxBytes: number): Promise<JournalEntry[]>;
  close(): Promise<void>;
}

export type JournalErrorCode =
  | "journal_disk_full"
  | "journal_backlog_full"
  | "journal_closed"
  | "journal_fsync_failed"
  | "journal_write_failed"
  | "journal_corrupt"
  | "journal_record_too_large";

export class JournalError extends Error {
  readonly code: JournalErrorCode;
  constructor(code: JournalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "JournalError";
    this.code = code;
  }
}
