import { readdirSync, renameSync, rmdirSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { readFile, rename, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DropReason } from "@gatewatch/protocol";
import type { Batch } from "./batch.ts";
import type { Clock } from "./clock.ts";
import { packBatch, packBatchSync, BEST_ENCODING } from "./compress.ts";
import { makeFolder } from "./make-folder.ts";
import { decodeSpoolFile, encodeSpoolFile, parseSpoolName, spoolName } from "./spool-file.ts";
import { createSpoolOwner } from "./spool-owner.ts";

/** A batch on disk. */
export interface SpoolEntry {
  readonly path: string;
  readonly id: string;
  readonly events: number;
  readonly bytes: number;
}

/** Batches on disk, oldest first. Nothing here throws except `write`. */
export interface Spool {
  /** Whole files only: written beside, then renamed. Rejects when the folder cannot be written. */
  write(batch: Batch): Promise<void>;
  /** The same without waiting, for a process that is about to end; false when it failed. */
  writeSync(batch: Batch): boolean;
  oldest(): SpoolEntry | undefined;
  /** Undefined when the file is damaged or gone; it is then no longer listed. */
  read(entry: SpoolEntry): Promise<Batch | undefined>;
  remove(entry: SpoolEntry): Promise<void>;
  /** Takes over what dead processes left behind. */
  adoptOrphans(): void;
  readonly batches: number;
  /** Leaves the files to the next process; removes the folder when it is empty. */
  close(): void;
}

export interface OpenSpoolOptions {
  folder: string;
  maxBytes: number;
  maxFiles: number;
  maxAgeMs: number;
  clock: Clock;
  countDrop(reason: DropReason, count: number): void;
}

/** Opens a place of this process's own inside the folder. Throws when the folder cannot be written. */
export function openSpool(options: OpenSpoolOptions): Spool {
  const owner = createSpoolOwner(options.folder, options.clock);
  const own = owner.place(0);
  makeFolder(own);
  let places = 1;
  let bytes = 0;
  /** Sorted by id, which sorts by time. */
  let entries: SpoolEntry[] = [];

  function add(entry: SpoolEntry): void {
    let index = entries.length;
    while (index > 0 && (entries[index - 1]?.id ?? "") > entry.id) index -= 1;
    if (entries[index - 1]?.id === entry.id) return;
    entries.splice(index, 0, entry);
    bytes += entry.bytes;
  }

  function forget(entry: SpoolEntry): boolean {
    const index = entries.indexOf(entry);
    if (index < 0) return false;
    entries.splice(index, 1);
    bytes -= entry.bytes;
    return true;
  }

  function dropEntry(entry: SpoolEntry, reason: DropReason): void {
    if (!forget(entry)) return;
    options.countDrop(reason, entry.events);
    tryDo(() => unlinkSync(entry.path));
  }

  function dropExpired(): void {
    const limit = options.clock.now() - options.maxAgeMs;
    for (let first = entries[0]; first !== undefined && timeOfId(first.id) < limit; first = entries[0])
      dropEntry(first, "expired");
  }

  function makeRoom(incomingBytes: number): void {
    dropExpired();
    while (entries.length > 0 && (entries.length >= options.maxFiles || bytes + incomingBytes > options.maxBytes)) {
      dropEntry(entries[0] as SpoolEntry, "spool_full");
    }
  }

  function entryFor(batch: Batch, file: Buffer): SpoolEntry {
    return {
      path: join(own, spoolName(batch.id, batch.events)),
      id: batch.id,
      events: batch.events,
      bytes: file.length,
    };
  }

  function adoptPlace(folder: string): void {
    for (const name of readdirSync(folder)) {
      const parsed = parseSpoolName(name);
      const path = join(folder, name);
      // A half-written file was never promised to anybody.
      if (parsed === undefined) tryDo(() => unlinkSync(path));
      else tryDo(() => add({ path, ...parsed, bytes: statSync(path).size }));
    }
    makeRoom(0);
  }

  return {
    async write(batch) {
      const packed = await packBatch(batch, BEST_ENCODING);
      const file = encodeSpoolFile(batch, packed);
      if (file.length > options.maxBytes) return options.countDrop("spool_full", batch.events);
      makeRoom(file.length);
      const entry = entryFor(batch, file);
      try {
        await writeWhole(entry.path, file);
      } catch (error) {
        // Another process may have taken this place for dead while this one was suspended.
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        owner.renew();
        makeFolder(own);
        await writeWhole(entry.path, file);
      }
      add(entry);
    },
    writeSync(batch) {
      try {
        const file = encodeSpoolFile(batch, packBatchSync(batch));
        makeRoom(file.length);
        const entry = entryFor(batch, file);
        makeFolder(own);
        writeFileSync(`${entry.path}.tmp`, file, { mode: 0o600 });
        renameSync(`${entry.path}.tmp`, entry.path);
        add(entry);
        return true;
      } catch {
        return false;
      }
    },
    oldest() {
      dropExpired();
      return entries[0];
    },
    async read(entry) {
      let file: Buffer;
      try {
        file = await readFile(entry.path);
      } catch {
        // Adopted by another process, which will send it.
        forget(entry);
        return undefined;
      }
      try {
        return await decodeSpoolFile(file, entry.id, entry.events);
      } catch {
        dropEntry(entry, "spool_failed");
        return undefined;
      }
    },
    async remove(entry) {
      forget(entry);
      await unlink(entry.path).catch(() => undefined);
    },
    adoptOrphans() {
      for (const orphan of owner.findOrphans()) {
        const place = owner.place(places);
        tryDo(() => {
          renameSync(orphan, place);
          places += 1;
          adoptPlace(place);
        });
      }
      owner.dropDeadMarks();
    },
    get batches() {
      return entries.length;
    },
    close() {
      for (let index = 0; index < places; index += 1) tryDo(() => rmdirSync(owner.place(index)));
      owner.release();
    },
  };
}

/** Beside, then renamed: a file under its own name is whole. */
async function writeWhole(path: string, file: Buffer): Promise<void> {
  const half = `${path}.tmp`;
  try {
    await writeFile(half, file, { mode: 0o600 });
    await rename(half, path);
  } catch (error) {
    await unlink(half).catch(() => undefined);
    throw error;
  }
}

/** Milliseconds in the first 48 bits of a UUIDv7. */
function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

function tryDo(task: () => void): void {
  try {
    task();
  } catch {
    // Gone already, or not ours to remove: the next process tries again.
  }
}
