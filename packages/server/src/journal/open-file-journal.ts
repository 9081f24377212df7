import { type Journal, JournalError, type JournalPosition, type JournalRecord } from "../model/journal.ts";
import { createJournalFiles, type JournalFile, type JournalFiles } from "./journal-files.ts";
import { comparePositions, formatPosition, JOURNAL_START } from "./journal-position.ts";
import { recoverSegment, type ByteRange } from "./recover-segment.ts";
import {
  encodeRecordHeader,
  encodeSegmentHeader,
  RECORD_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentName,
  trySegmentNumber,
} from "./segment-format.ts";

export interface FileJournalOptions {
  /** Folder of the segment files, or the file system to use. */
  files: string | JournalFiles;
  /** What the store has already committed: the journal never goes on before it, even when its files were lost. */
  after?: JournalPosition | null;
  /** A new segment begins beyond this size. @default 64 MiB */
  segmentBytes?: number;
  /** @default 16 MiB */
  maxRecordBytes?: number;
  /** Undigested bytes beyond which appends are refused. @default 4 GiB */
  maxBacklogBytes?: number;
  /** Bytes that may wait in memory for a slow disk; appends beyond are refused. @default 64 MiB */
  maxWaitingBytes?: number;
  /** How long a busy journal gathers records before it syncs, 0 to 2. @default 1 */
  gatherMs?: number;
  /** Go on behind damaged records instead of refusing to open; the damage is told through `log`. @default false */
  salvage?: boolean;
  /** Called with each new durable position, before the appends resolve. */
  onDurable?: (position: JournalPosition) => void;
  /** The journal has closed itself after an error that must not be retried; the process has to end. */
  onFatal?: (error: JournalError) => void;
  log?: (level: "info" | "warn" | "error", message: string) => void;
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
  private readonly options: Required<Omit<FileJournalOptions, "files" | "after" | "salvage">>;
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
    options: Required<Omit<FileJournalOptions, "files" | "after" | "salvage">>,
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

/**
 * Opens the segment files, cuts off a torn tail and makes what is left durable.
 * Throws a `JournalError` with `journal_corrupt` when acknowledged records are damaged, unless `salvage` is set.
 */
export async function openFileJournal(given: FileJournalOptions): Promise<FileJournal> {
  const files = typeof given.files === "string" ? createJournalFiles(given.files) : given.files;
  const options = {
    segmentBytes: given.segmentBytes ?? 64 * 1024 * 1024,
    maxRecordBytes: given.maxRecordBytes ?? 16 * 1024 * 1024,
    maxBacklogBytes: given.maxBacklogBytes ?? 4 * 1024 ** 3,
    maxWaitingBytes: given.maxWaitingBytes ?? 64 * 1024 * 1024,
    gatherMs: Math.min(2, given.gatherMs ?? 1),
    onDurable: given.onDurable ?? (() => {}),
    onFatal: given.onFatal ?? (() => {}),
    log: given.log ?? (() => {}),
  };
  const after = given.after ?? JOURNAL_START;
  const segments = (await files.list())
    .map(trySegmentNumber)
    .filter((segment) => segment !== undefined)
    .sort((a, b) => a - b);
  const sizes = new Map<number, number>();
  for (const segment of segments) {
    const file = await files.open(segmentName(segment), "read");
    sizes.set(segment, await file.size());
    await file.close();
  }
  const last = segments.at(-1);
  if (last !== undefined && last >= after.segment) {
    const opened = await reopenSegment(files, last, options, given.salvage ?? false);
    sizes.set(last, opened.end);
    if (opened.file && comparePositions({ segment: last, offset: opened.end }, after) >= 0)
      return new FileJournal(files, options, opened.file, sizes, { segment: last, offset: opened.end });
    await opened.file?.close();
  }
  const next = Math.max(last ?? 0, after.segment) + 1;
  if (after.segment > 0 && (last === undefined || last <= after.segment))
    options.log(
      "warn",
      `The journal ends before ${formatPosition(after)}, which the store has already digested; it goes on with segment ${next}.`,
    );
  const file = await createSegment(files, next);
  sizes.set(next, SEGMENT_HEADER_BYTES);
  return new FileJournal(files, options, file, sizes, { segment: next, offset: SEGMENT_HEADER_BYTES });
}

async function reopenSegment(
  files: JournalFiles,
  segment: number,
  options: { maxRecordBytes: number; log: NonNullable<FileJournalOptions["log"]> },
  salvage: boolean,
): Promise<{ file: JournalFile | undefined; end: number }> {
  const name = segmentName(segment);
  const file = await files.open(name, "write");
  const buffer = Buffer.allocUnsafe(await file.size());
  await readAll(file, buffer, 0);
  const found = recoverSegment(buffer, segment, options.maxRecordBytes);
  if (found.kind === "damaged") {
    const message = `Journal segment ${name} is damaged at ${describeRanges(found.damaged)}: ${found.reason}.`;
    if (!salvage) {
      await file.close();
      throw new JournalError(
        "journal_corrupt",
        `${message} Acknowledged events may be lost there. Keep a copy of the file, then start once with \`gatewatch start --salvage\` (or GATEWATCH_JOURNAL_SALVAGE=true) to give these bytes up and go on behind them.`,
      );
    }
    options.log("error", `${message} These bytes are given up and left in the file, as asked.`);
    if (found.records === 0) {
      await file.close();
      return { file: undefined, end: found.end };
    }
  }
  const { end } = found;
  if (end < buffer.length) {
    options.log(
      "warn",
      `Journal segment ${name}: cut off ${buffer.length - end} bytes from byte ${end} on, which are no whole record: a write that a crash cut short, or damage to the newest records; ${found.records} records kept.`,
    );
    await file.truncate(end);
  }
  if (end === 0) await writeAll(file, [encodeSegmentHeader(segment)], 0);
  try {
    // What a killed process wrote may still be in the page cache alone, and the digest treats it as durable.
    await file.datasync();
  } catch (error) {
    throw fsyncError(error);
  }
  return { file, end: Math.max(end, SEGMENT_HEADER_BYTES) };
}

async function createSegment(files: JournalFiles, segment: number): Promise<JournalFile> {
  const name = segmentName(segment);
  // A file of this name can only be the rest of an attempt that failed.
  if ((await files.list()).includes(name)) await files.remove(name);
  const file = await files.open(name, "create");
  try {
    await writeAll(file, [encodeSegmentHeader(segment)], 0);
  } catch (error) {
    await file.close();
    await files.remove(name).catch(() => {});
    throw error;
  }
  try {
    await file.datasync();
    await files.syncFolder();
  } catch (error) {
    throw fsyncError(error);
  }
  return file;
}

async function writeAll(file: JournalFile, buffers: Uint8Array[], position: number): Promise<void> {
  let rest = buffers;
  let at = position;
  while (rest.length > 0) {
    let written = await file.writev(rest, at);
    if (written === 0) throw Object.assign(new Error("nothing could be written"), { code: "ENOSPC" });
    at += written;
    let done = 0;
    while (done < rest.length && written >= rest[done]!.length) written -= rest[done++]!.length;
    rest = rest.slice(done);
    if (written > 0) rest[0] = rest[0]!.subarray(written);
  }
}

async function readAll(file: JournalFile, buffer: Uint8Array, position: number): Promise<void> {
  let at = 0;
  while (at < buffer.length) {
    const n = await file.read(buffer.subarray(at), position + at);
    if (n === 0) throw new JournalError("journal_corrupt", "A journal segment became shorter while it was read.");
    at += n;
  }
}

function isSpaceError(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
}

function fsyncError(error: unknown): JournalError {
  const message = `fdatasync of the journal failed (${describe(error)}). It is never retried: what was not acknowledged may be lost, and the server has to stop.`;
  return new JournalError("journal_fsync_failed", message, { cause: error });
}

function closedError(): JournalError {
  return new JournalError(
    "journal_closed",
    "The journal is closed: the server is stopping. Retry the same batch later.",
  );
}

/** As many places as a line can hold. */
function describeRanges(ranges: readonly ByteRange[]): string {
  const bytes = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const shown = ranges.slice(0, 5).map(({ from, to }) => `byte ${from} to ${to - 1}`);
  const more = ranges.length > shown.length ? ` and ${ranges.length - shown.length} more places` : "";
  return `${shown.join(", ")}${more} (${bytes} bytes)`;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
