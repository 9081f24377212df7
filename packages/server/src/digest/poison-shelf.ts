import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import type { JournalEntry } from "../model/journal.ts";
import { describe } from "./digest-entries.ts";

/** Keeps records that could not be digested: a line of JSON about the record, then its body as it was. Returns the file's path. */
export async function putOnPoisonShelf(
  folder: string,
  entry: JournalEntry,
  error: unknown,
  at: number,
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${entry.end.segment}-${entry.end.offset}.record`);
  const { projectId, receivedAt } = entry;
  const batch = Buffer.from(entry.batchId).toString("hex");
  const about = { at, projectId, receivedAt, batch, end: entry.end, error: describe(error) };
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(Buffer.concat([Buffer.from(`${JSON.stringify(about)}\n`), entry.body]));
    await file.sync();
  } finally {
    await file.close();
  }
  return path;
}
