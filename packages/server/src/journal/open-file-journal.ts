import type { JournalPosition } from "../model/journal.ts";
import { FileJournal, type FileJournalSettings } from "./file-journal.ts";
import { createJournalFiles, type JournalFiles } from "./journal-files.ts";
import { comparePositions, formatPosition, JOURNAL_START } from "./journal-position.ts";
import { createSegment, reopenSegment } from "./segment-files.ts";
import { SEGMENT_HEADER_BYTES, segmentName, trySegmentNumber } from "./segment-format.ts";

export interface FileJournalOptions extends Partial<FileJournalSettings> {
  /** Folder of the segment files, or the file system to use. */
  files: string | JournalFiles;
  /** What the store has already committed: the journal never goes on before it, even when its files were lost. */
  after?: JournalPosition | null;
  /** Go on behind damaged records instead of refusing to open; the damage is told through `log`. @default false */
  salvage?: boolean;
}

/**
 * Opens the segment files, cuts off a torn tail and makes what is left durable.
 * Throws a `JournalError` with `journal_corrupt` when acknowledged records are damaged, unless `salvage` is set.
 */
export async function openFileJournal(given: FileJournalOptions): Promise<FileJournal> {
  const files = typeof given.files === "string" ? createJournalFiles(given.files) : given.files;
  const options: FileJournalSettings = {
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
