import { type Journal, JournalError, type JournalPosition, type JournalRecord } from "../model/journal.ts";
import { closedError, describe, fsyncError, isSpaceError } from "./journal-errors.ts";
import type { JournalFile, JournalFiles } from "./journal-files.ts";
import { comparePositions, JOURNAL_START } from "./journal-position.ts";
import { createSegment, writeAll } from "./segment-files.ts";
import { encodeRecordHeader, RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES, segmentName } from "./segment-format.ts";

export interface FileJournalSettings {
  /** A new segment begins beyond this size. @default 64 MiB */
  segmentBytes: number;
  /** @default 16 MiB */
  maxRecordBytes: number;
  /** Undigested bytes beyond which appends are refused. @default 4 GiB */
  maxBacklogBytes: number;
  /** Bytes that may wait in memory for a slow disk; appends beyond are refused. @default 64 MiB */
  maxWaitingBytes: number;
  /** How long a busy journal gathers records before it syncs, 0 to 2. @default 1 */
  gatherMs: number;
  /** Called with each new durable position, before the appends resolve. */
  onDurable: (position: JournalPosition) => void;
  /** The journal has closed itself after an error that must not be retried; the process has to end. */
  onFatal: (error: JournalError) => void;
  log: (level: "info" | "warn" | "error", message: string) => void;
}

interface Waiting {
  record: JournalRecord;
  resolve: (position: JournalPosition) => void;
  reject: (error: JournalError) => void;
}

const MAX_GROUP_BYTES = 8 * 1024 * 1024;
const MAX_GROUP_RECORDS = 4096;

/** The journal of one machine: segment files written in groups, each group made durable by one fdatasync. */
export class FileJournal implements Journal {
  private readonly files: JournalFiles;
  private readonly options: FileJournalSettings;
  private readonly sizes: Map<number, number>;
  private file: JournalFile;
  private segment: number;
  private offset: number;
  private released: JournalPosition = JOURNAL_START;
  private tailIsDirty = false;
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private lastGroup = 0;
  private flushing: Promise<void> | undefined;
  private failure: JournalError | undefined;
  private closing = false;
  private appended = 0;
  private refusal: { at: number; error: JournalError } | null = null;

  /** Use `openFileJournal`. */
  constructor(
    files: JournalFiles,
    options: FileJournalSettings,
    file: JournalFile,
    sizes: Map<number, number>,
    end: JournalPosition,
  ) {
    this.files = files;
    this.options = options;
    this.file = file;
    this.sizes = sizes;
    this.segment = end.segment;
    this.offset = end.offset;
  }

  /** Everything up to here is durable. */
  durable(): JournalPosition {
    return { segment: this.segment, offset: this.offset };
  }

  append(record: JournalRecord): Promise<JournalPosition> {
    if (this.failure || this.closing) return Promise.reject(this.failure ?? closedError());
    const bytes = RECORD_HEADER_BYTES + record.body.length;
    if (bytes > this.options.maxRecordBytes) {
      const message = `The batch takes ${bytes} bytes; the journal takes at most ${this.options.maxRecordBytes}.`;
      return Promise.reject(new JournalError("journal_record_too_large", message));
    }
    if (this.backlogBytes() + this.waitingBytes + bytes > this.options.maxBacklogBytes) {
      const message = `${this.backlogBytes()} bytes wait to be digested, the most that are kept is ${this.options.maxBacklogBytes}; retry later.`;
      return Promise.reject(new JournalError("journal_backlog_full", message));
    }
    if (this.waitingBytes > 0 && this.waitingBytes + bytes > this.options.maxWaitingBytes) {
      const message = `${this.waitingBytes} bytes wait for the disk, the most that may is ${this.options.maxWaitingBytes}; retry later.`;
      return Promise.reject(new JournalError("journal_backlog_full", message));
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ record, resolve, reject });
      this.waitingBytes += bytes;
      this.flushing ??= this.flush();
    });
  }

  backlogBytes(): number {
    let bytes = 0;
    for (const size of this.sizes.values()) bytes += size;
    return this.sizes.has(this.released.segment) ? bytes - this.released.offset : bytes;
  }

  /** Bytes made durable since it was opened. */
  appendedBytes(): number {
    return this.appended;
  }

  /** The last group, when the disk refused it; null once one is durable again. */
  lastRefusal(): { at: number; error: JournalError } | null {
    return this.refusal;
  }

  async release(position: JournalPosition): Promise<void> {
    if (comparePositions(position, this.released) <= 0) return;
    const older = [...this.sizes.keys()].filter((segment) => segment < position.segment && segment !== this.segment);
    this.released = position;
    for (const segment of older) {
      this.sizes.delete(segment);
      await this.files.remove(segmentName(segment));
    }
  }

  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    await this.flushing;
    await this.file.close();
  }

  private async flush(): Promise<void> {
    while (this.waiting.length > 0 && !this.failure) {
      await this.gather();
      const group = this.takeGroup();
      this.lastGroup = group.length;
      await this.writeGroup(group);
    }
    this.flushing = undefined;
  }

  /** A lone record goes at once; under load a short wait lets one fdatasync carry many. */
  private gather(): Promise<void> {
    const { gatherMs } = this.options;
    return new Promise((resolve) => {
      if (this.lastGroup > 1 && gatherMs > 0 && this.waitingBytes < MAX_GROUP_BYTES) setTimeout(resolve, gatherMs);
      else setImmediate(resolve);
    });
  }

  private takeGroup(): Waiting[] {
    let bytes = 0;
    let n = 0;
    while (n < this.waiting.length && n < MAX_GROUP_RECORDS && bytes < MAX_GROUP_BYTES)
      bytes += RECORD_HEADER_BYTES + this.waiting[n++]!.record.body.length;
    this.waitingBytes -= bytes;
    return this.waiting.splice(0, n);
  }

  private async writeGroup(group: Waiting[]): Promise<void> {
    try {
      if (this.tailIsDirty) await this.truncateTail();
      if (this.offset >= this.options.segmentBytes) await this.startSegment(this.segment + 1);
    } catch (error) {
      this.refuse(group, error);
      return;
    }
    const start = this.offset;
    const ends: number[] = [];
    const buffers: Uint8Array[] = [];
    let end = start;
    for (const { record } of group) {
      const header = encodeRecordHeader(record, start);
      buffers.push(header, record.body);
      end += header.length + record.body.length;
      ends.push(end);
    }
    try {
      await writeAll(this.file, buffers, start);
    } catch (error) {
      this.tailIsDirty = true;
      // A record that was refused must not come back after a crash, so the next write waits for this cut too.
      await this.truncateTail().catch(() => {});
      this.refuse(group, error);
      return;
    }
    try {
      await this.file.datasync();
    } catch (error) {
      this.fail(fsyncError(error), group);
      return;
    }
    this.appended += end - start;
    this.refusal = null;
    this.offset = end;
    this.sizes.set(this.segment, end);
    this.options.onDurable(this.durable());
    for (const [i, { resolve }] of group.entries()) resolve({ segment: this.segment, offset: ends[i]! });
  }

  private async truncateTail(): Promise<void> {
    await this.file.truncate(this.offset);
    this.tailIsDirty = false;
  }

  private async startSegment(segment: number): Promise<void> {
    const file = await createSegment(this.files, segment);
    const previous = this.file;
    this.file = file;
    this.segment = segment;
    this.offset = SEGMENT_HEADER_BYTES;
    this.sizes.set(segment, this.offset);
    await previous.close();
  }

  private refuse(group: Waiting[], error: unknown): void {
    if (error instanceof JournalError) {
      this.fail(error, group);
      return;
    }
    if (!isSpaceError(error)) {
      const message = `The journal cannot be written: ${describe(error)}. The server has to stop; nothing of this batch was kept.`;
      this.fail(new JournalError("journal_write_failed", message, { cause: error }), group);
      return;
    }
    const message = `The disk of the journal is full (${describe(error)}). Nothing of this batch was kept; free some space, the client may retry.`;
    this.refusal = { at: Date.now(), error: new JournalError("journal_disk_full", message, { cause: error }) };
    for (const { reject } of group) reject(this.refusal.error);
  }

  private fail(error: JournalError, group: Waiting[]): void {
    this.failure = error;
    this.refusal = { at: Date.now(), error };
    for (const { reject } of [...group, ...this.waiting.splice(0)]) reject(error);
    this.waitingBytes = 0;
    this.options.log("error", error.message);
    this.options.onFatal(error);
  }
}
