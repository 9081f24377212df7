import type { JournalFile, JournalFiles } from "./journal-files.ts";

/** Faults to inject; each is asked before the real call and may throw, or cut a write short. */
export interface Faults {
  /** Bytes that the next write may take; undefined: all. Throw for an error. */
  beforeWrite?: (bytes: number) => number | undefined;
  beforeDatasync?: () => void | Promise<void>;
  beforeTruncate?: () => void;
  beforeCreate?: () => void;
}

/** A file system that fails on demand, over a real one. */
export function createFaultyFiles(files: JournalFiles, faults: Faults): JournalFiles {
  return {
    list: () => files.list(),
    remove: (name) => files.remove(name),
    syncFolder: () => files.syncFolder(),
    async open(name, mode) {
      if (mode === "create") faults.beforeCreate?.();
      return wrapFile(await files.open(name, mode), faults);
    },
  };
}

function wrapFile(file: JournalFile, faults: Faults): JournalFile {
  return {
    read: (into, position) => file.read(into, position),
    size: () => file.size(),
    close: () => file.close(),
    async writev(buffers, position) {
      const all = Buffer.concat(buffers);
      const allowed = faults.beforeWrite?.(all.length);
      return file.writev([allowed === undefined ? all : all.subarray(0, allowed)], position);
    },
    async datasync() {
      await faults.beforeDatasync?.();
      return file.datasync();
    },
    async truncate(length) {
      faults.beforeTruncate?.();
      return file.truncate(length);
    },
  };
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made by the test`), { code });
}
