import { close, fdatasync, fstat, fsync, ftruncate, open, read, writev } from "node:fs";
import { mkdir, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";

/** One open segment file. Every method rejects with the system's own error. */
export interface JournalFile {
  /** Writes at `position`; may write less than asked, as the system may. Resolves with the number of bytes written. */
  writev(buffers: readonly Uint8Array[], position: number): Promise<number>;
  /** Reads at `position`; resolves with the number of bytes read, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** The file system as the journal uses it; tests put faults in its place. */
export interface JournalFiles {
  /** Names of the files in the journal's folder, which is made (mode 0700) when it is not there. */
  list(): Promise<string[]>;
  open(name: string, mode: "read" | "write" | "create"): Promise<JournalFile>;
  remove(name: string): Promise<void>;
  /** Makes the creation and removal of files durable. */
  syncFolder(): Promise<void>;
}

const FLAGS = { read: "r", write: "r+", create: "wx+" } as const;

/** The real file system under `folder`. */
export function createJournalFiles(folder: string): JournalFiles {
  return {
    async list() {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return readdir(folder);
    },
    open: async (name, mode) => wrapFile(await openFile(join(folder, name), FLAGS[mode])),
    remove: (name) => unlink(join(folder, name)),
    async syncFolder() {
      // Windows cannot open a folder and needs no such step.
      if (process.platform === "win32") return;
      const fd = await openFile(folder, "r");
      try {
        await settle((done) => fsync(fd, done));
      } finally {
        await settle((done) => close(fd, done));
      }
    },
  };
}

type Done<T> = (error: Error | null, value: T) => void;

function settle<T = void>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error) reject(error);
      else resolve(value);
    });
  });
}

function openFile(path: string, flags: string): Promise<number> {
  return settle<number>((done) => open(path, flags, 0o600, done));
}

function wrapFile(fd: number): JournalFile {
  return {
    writev: (buffers, position) => settle<number>((done) => writev(fd, buffers, position, done)),
    read: (into, position) => settle<number>((done) => read(fd, into, 0, into.length, position, done)),
    datasync: () => settle((done: (error: Error | null) => void) => fdatasync(fd, done)),
    truncate: (length) => settle((done: (error: Error | null) => void) => ftruncate(fd, length, done)),
    size: async () => (await settle<{ size: number }>((done) => fstat(fd, done))).size,
    close: () => settle((done: (error: Error | null) => void) => close(fd, done)),
  };
}
