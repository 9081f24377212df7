import { JournalError } from "../model/journal.ts";
import { fsyncError } from "./journal-errors.ts";
import type { JournalFile, JournalFiles } from "./journal-files.ts";
import { recoverSegment, type ByteRange } from "./recover-segment.ts";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, segmentName } from "./segment-format.ts";

/**
 * Opens the newest segment to go on behind its last whole record, which is durable then; no file where that cannot be.
 * Throws a `JournalError` with `journal_corrupt` when acknowledged records are damaged, unless `salvage` is set.
 */
export async function reopenSegment(
  files: JournalFiles,
  segment: number,
  options: { maxRecordBytes: number; log: (level: "warn" | "error", message: string) => void },
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

/** A new segment whose header is durable, as is its place in the folder. */
export async function createSegment(files: JournalFiles, segment: number): Promise<JournalFile> {
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

/** Writes all of the buffers, in as many goes as the system takes. */
export async function writeAll(file: JournalFile, buffers: Uint8Array[], position: number): Promise<void> {
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

/** As many places as a line can hold. */
function describeRanges(ranges: readonly ByteRange[]): string {
  const bytes = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const shown = ranges.slice(0, 5).map(({ from, to }) => `byte ${from} to ${to - 1}`);
  const more = ranges.length > shown.length ? ` and ${ranges.length - shown.length} more places` : "";
  return `${shown.join(", ")}${more} (${bytes} bytes)`;
}
