import { type JournalEntry, JournalError, type JournalPosition, type JournalReader } from "../model/journal.ts";
import { createJournalFiles, type JournalFile, type JournalFiles } from "./journal-files.ts";
import { comparePositions, formatPosition } from "./journal-position.ts";
import {
  checkSegmentHeader,
  findNextRecord,
  SEGMENT_HEADER_BYTES,
  segmentName,
  tryReadRecord,
  trySegmentNumber,
} from "./segment-format.ts";

export interface JournalReaderOptions {
  /** Folder of the segment files, or the file system to use. */
  files: string | JournalFiles;
  /** The durable position that the writer announces; nothing beyond it is read. */
  durable: () => JournalPosition;
  /** @default 16 MiB */
  maxRecordBytes?: number;
  /** Skip damaged records instead of throwing `journal_corrupt`; each is told through `log`. @default false */
  salvage?: boolean;
  log?: (level: "warn" | "error", message: string) => void;
}

/** Reads the segment files of a `FileJournal`, in any thread or process. */
export function openJournalReader(options: JournalReaderOptions): JournalReader {
  return new FileJournalReader(options);
}

class FileJournalReader implements JournalReader {
  private readonly files: JournalFiles;
  private readonly durable: () => JournalPosition;
  private readonly maxRecordBytes: number;
  private readonly salvage: boolean;
  private readonly log: NonNullable<JournalReaderOptions["log"]>;
  private open: { segment: number; file: JournalFile; size: number } | undefined;

  constructor(options: JournalReaderOptions) {
    this.files = typeof options.files === "string" ? createJournalFiles(options.files) : options.files;
    this.durable = options.durable;
    this.maxRecordBytes = options.maxRecordBytes ?? 16 * 1024 * 1024;
    this.salvage = options.salvage ?? false;
    this.log = options.log ?? (() => {});
  }

  async read(position: JournalPosition, maxBytes: number): Promise<JournalEntry[]> {
    let at = position;
    for (;;) {
      const durable = this.durable();
      if (comparePositions(at, durable) >= 0) return [];
      const opened = await this.openSegment(at.segment);
      if (!opened) {
        at = { segment: await this.nextSegment(at, durable), offset: SEGMENT_HEADER_BYTES };
        continue;
      }
      const limit = at.segment === durable.segment ? durable.offset : opened.size;
      const from = Math.max(at.offset, SEGMENT_HEADER_BYTES);
      if (from >= limit) {
        if (at.segment === durable.segment) return [];
        at = { segment: await this.nextSegment(at, durable), offset: SEGMENT_HEADER_BYTES };
        continue;
      }
      const { entries, end } = await this.readSegment(opened.file, at.segment, from, limit, maxBytes);
      if (entries.length > 0) return entries;
      at = { segment: at.segment, offset: end };
    }
  }

  async close(): Promise<void> {
    const { open } = this;
    this.open = undefined;
    await open?.file.close();
  }

  private async readSegment(
    file: JournalFile,
    segment: number,
    from: number,
    limit: number,
    maxBytes: number,
  ): Promise<{ entries: JournalEntry[]; end: number }> {
    let buffer = await readRange(file, from, Math.min(maxBytes, limit - from));
    const entries: JournalEntry[] = [];
    let offset = 0;
    while (from + offset < limit) {
      const record = tryReadRecord(buffer, offset, this.maxRecordBytes);
      if (typeof record === "object") {
        const { projectId, receivedAt, batchId, body } = record;
        entries.push({ projectId, receivedAt, batchId, body, end: { segment, offset: from + record.end } });
        offset = record.end;
        continue;
      }
      if (record === "short" && from + buffer.length < limit) {
        if (entries.length > 0) break;
        // The first record alone is longer than what was asked for.
        buffer = await readRange(file, from, Math.min(limit - from, Math.max(maxBytes, buffer.length) * 2));
        continue;
      }
      if (entries.length > 0) break;
      if (!this.salvage) throw damageError(segment, from + offset, "a record's checksum does not match");
      const rest = await readRange(file, from + offset, limit - from - offset);
      const skipped = findNextRecord(rest, 1, this.maxRecordBytes)?.offset ?? rest.length;
      this.log(
        "error",
        `Journal segment ${segmentName(segment)}: gave up ${skipped} damaged bytes, byte ${from + offset} to ${from + offset + skipped - 1}, as asked.`,
      );
      return { entries, end: from + offset + skipped };
    }
    return { entries, end: from + offset };
  }

  private async openSegment(segment: number): Promise<{ file: JournalFile; size: number } | undefined> {
    if (this.open?.segment === segment) {
      // The newest segment still grows when it is opened; its size matters once the journal has gone on.
      this.open.size = await this.open.file.size();
      return this.open;
    }
    await this.close();
    let file: JournalFile;
    try {
      file = await this.files.open(segmentName(segment), "read");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    const header = await readRange(file, 0, SEGMENT_HEADER_BYTES);
    const reason = checkSegmentHeader(header, segment);
    if (reason !== undefined) {
      const size = await file.size();
      await file.close();
      if (!this.salvage) throw damageError(segment, 0, reason);
      this.log("error", `Journal segment ${segmentName(segment)}: gave up all ${size} bytes, as asked: ${reason}.`);
      return undefined;
    }
    this.open = { segment, file, size: await file.size() };
    return this.open;
  }

  /** The segment that follows; a hole in the numbers is told, and is damage when it lies between existing segments. */
  private async nextSegment(at: JournalPosition, durable: JournalPosition): Promise<number> {
    const present = (await this.files.list())
      .map(trySegmentNumber)
      .filter((segment) => segment !== undefined)
      .sort((a, b) => a - b);
    const next = present.find((segment) => segment > at.segment);
    if (next === undefined || next > durable.segment)
      throw damageError(durable.segment, 0, "the file of the newest segment is not there");
    if (next === at.segment + 1) return next;
    const hasOlder = present.some((segment) => segment <= at.segment);
    if (hasOlder && !this.salvage)
      throw damageError(at.segment + 1, 0, `the file is not there, though segment ${next} is`);
    this.log("warn", `The journal has nothing between ${formatPosition(at)} and segment ${next}; going on there.`);
    return next;
  }
}

async function readRange(file: JournalFile, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  let at = 0;
  while (at < length) {
    const n = await file.read(at === 0 ? buffer : buffer.subarray(at), position + at);
    if (n === 0) return buffer.subarray(0, at);
    at += n;
  }
  return buffer;
}

function damageError(segment: number, offset: number, reason: string): JournalError {
  return new JournalError(
    "journal_corrupt",
    `Journal segment ${segmentName(segment)} is damaged at byte ${offset}: ${reason}. The digest stops here, what was stored before stays readable. Keep a copy of the file, then start once with \`gatewatch start --salvage\` (or GATEWATCH_JOURNAL_SALVAGE=true) to go on behind the damage.`,
  );
}
