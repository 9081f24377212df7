import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { JournalPosition } from "../model/journal.ts";
import { createFaultyFiles, type Faults, systemError } from "./faulty-files.ts";
import { describeJournal, type JournalUnderTest, makeRecord, readAllEntries } from "./journal-contract.ts";
import { createJournalFiles } from "./journal-files.ts";
import { JOURNAL_START, SharedPosition } from "./journal-position.ts";
import { type FileJournalOptions, openFileJournal } from "./open-file-journal.ts";
import { openJournalReader } from "./open-journal-reader.ts";
import { SEGMENT_HEADER_BYTES, segmentName } from "./segment-format.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-journal-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function openBoth(options: Partial<FileJournalOptions> = {}) {
  const journal = await openFileJournal({ files: folder, ...options });
  const reader = openJournalReader({
    files: folder,
    durable: () => journal.durable(),
    salvage: options.salvage ?? false,
  });
  return { journal, reader };
}

async function openUnderTest(segmentBytes: number, path: string): Promise<JournalUnderTest> {
  const journal = await openFileJournal({ files: path, segmentBytes });
  const reader = openJournalReader({ files: path, durable: () => journal.durable() });
  return {
    journal,
    reader,
    start: JOURNAL_START,
    reopen: () => openUnderTest(segmentBytes, path),
    async close() {
      await journal.close();
      await reader.close();
    },
  };
}

describeJournal("one segment file", () => openUnderTest(64 << 20, folder));
describeJournal("a new segment file every few records", () => openUnderTest(900, folder));

async function fill(count: number): Promise<number[]> {
  const { journal } = await openBoth();
  const ends = [];
  for (let i = 0; i < count; i++) ends.push((await journal.append(makeRecord(i))).offset);
  await journal.close();
  return ends;
}

const first = () => join(folder, segmentName(1));

describe("after a crash", () => {
  test("a tail torn at any byte of the last record is cut off, said, and written over", async () => {
    const ends = await fill(4);
    const whole = readFileSync(first());
    for (let length = ends[2]! + 1; length < ends[3]!; length++) {
      writeFileSync(first(), whole.subarray(0, length));
      const log = vi.fn<(level: string, message: string) => void>();
      const { journal, reader } = await openBoth({ log });
      expect(log).toHaveBeenCalledExactlyOnceWith(
        "warn",
        expect.stringContaining(`cut off ${length - ends[2]!} bytes`),
      );
      expect((await readAllEntries(reader, JOURNAL_START)).length).toBe(3);
      await journal.append(makeRecord(9, 3));
      expect((await readAllEntries(reader, JOURNAL_START)).map((entry) => entry.receivedAt % 100)).toEqual([
        0, 1, 2, 9,
      ]);
      await journal.close();
      await reader.close();
    }
  });

  test("a segment torn inside its header begins anew", async () => {
    for (let length = 0; length < SEGMENT_HEADER_BYTES; length++) {
      writeFileSync(first(), Buffer.alloc(length));
      const { journal, reader } = await openBoth();
      await journal.append(makeRecord(1));
      expect((await readAllEntries(reader, JOURNAL_START)).length).toBe(1);
      await journal.close();
      await reader.close();
      rmSync(first());
    }
  });

  test("a tail of zeros, as a power cut leaves it, is cut off", async () => {
    const ends = await fill(3);
    writeFileSync(first(), Buffer.concat([readFileSync(first()), Buffer.alloc(4096)]));
    const { journal } = await openBoth();
    expect(journal.durable()).toEqual({ segment: 1, offset: ends[2] });
    await journal.close();
    expect(statSync(first()).size).toBe(ends[2]);
  });

  test("a group that was never made durable may lack its beginning: all of it is cut off", async () => {
    const hold = Promise.withResolvers<void>();
    let syncs = 0;
    const faults: Faults = { beforeDatasync: () => (++syncs > 2 ? hold.promise : undefined) };
    const journal = await openFileJournal({ files: createFaultyFiles(createJournalFiles(folder), faults) });
    const safe = await journal.append(makeRecord(1));
    const group = [2, 3, 4].map((seed) => journal.append(makeRecord(seed)));
    await vi.waitUntil(() => syncs > 2);
    const bytes = readFileSync(first());
    bytes[safe.offset + 50]! ^= 1;
    hold.resolve();
    await Promise.all(group);
    await journal.close();
    writeFileSync(first(), bytes);
    const log = vi.fn<(level: string, message: string) => void>();
    const again = await openBoth({ log });
    expect(log).toHaveBeenCalledExactlyOnceWith("warn", expect.stringContaining("no whole record"));
    expect((await readAllEntries(again.reader, JOURNAL_START)).length).toBe(1);
    await again.journal.close();
    await again.reader.close();
  });

  test("what is read back after a kill has been synced first", async () => {
    await fill(2);
    let syncs = 0;
    const faults: Faults = { beforeDatasync: () => void syncs++ };
    const journal = await openFileJournal({ files: createFaultyFiles(createJournalFiles(folder), faults) });
    expect(syncs).toBe(1);
    await journal.close();
  });

  test("the journal never goes on before what the store has committed", async () => {
    const ends = await fill(3);
    const log = vi.fn<(level: string, message: string) => void>();
    const { journal } = await openBoth({ after: { segment: 1, offset: ends[2]! + 1 }, log });
    expect(journal.durable()).toEqual({ segment: 2, offset: SEGMENT_HEADER_BYTES });
    expect(log).toHaveBeenCalledWith("warn", expect.stringContaining("already digested"));
    await journal.close();
    rmSync(folder, { recursive: true });
    const { journal: fresh, reader } = await openBoth({ after: { segment: 7, offset: 99 } });
    await fresh.append(makeRecord(1));
    expect((await readAllEntries(reader, { segment: 7, offset: 99 })).map((entry) => entry.end.segment)).toEqual([8]);
    await fresh.close();
    await reader.close();
  });
});

describe("damage inside acknowledged records", () => {
  async function damage(): Promise<number[]> {
    const ends = await fill(5);
    const bytes = readFileSync(first());
    bytes[ends[1]! + 45]! ^= 0x40;
    writeFileSync(first(), bytes);
    return ends;
  }

  test("stops the opening with the place, and changes nothing on disk", async () => {
    const ends = await damage();
    const before = readFileSync(first());
    await expect(openBoth()).rejects.toMatchObject({
      code: "journal_corrupt",
      message: expect.stringContaining(`at byte ${ends[1]!} to ${ends[2]! - 1} (${ends[2]! - ends[1]!} bytes)`),
    });
    expect(readFileSync(first())).toEqual(before);
  });

  test("is skipped and told when salvage is asked for", async () => {
    await damage();
    const log = vi.fn<(level: string, message: string) => void>();
    const { journal, reader } = await openBoth({ salvage: true, log });
    expect(log).toHaveBeenCalledWith("error", expect.stringContaining("damaged"));
    expect((await readAllEntries(reader, JOURNAL_START)).map((entry) => entry.receivedAt % 100)).toEqual([0, 1, 3, 4]);
    await journal.close();
    await reader.close();
  });

  test("found while reading stops the reader there, after it has given what came before", async () => {
    const { journal, reader } = await openBoth();
    const ends = [];
    for (let i = 0; i < 5; i++) ends.push(await journal.append(makeRecord(i)));
    const bytes = readFileSync(first());
    bytes[ends[1]!.offset + 45]! ^= 0x40;
    writeFileSync(first(), bytes);
    expect((await reader.read(JOURNAL_START, 1 << 20)).length).toBe(2);
    await expect(reader.read(ends[1]!, 1 << 20)).rejects.toMatchObject({ code: "journal_corrupt" });
    await journal.close();
    await reader.close();
  });

  test("a segment that is missing between others is damage, one of a foreign version too", async () => {
    const { journal, reader } = await openBoth({ segmentBytes: 200 });
    for (let i = 0; i < 12; i++) await journal.append(makeRecord(i));
    rmSync(join(folder, segmentName(3)));
    await expect(readAllEntries(reader, JOURNAL_START)).rejects.toMatchObject({ code: "journal_corrupt" });
    await reader.close();
    const bytes = readFileSync(first());
    bytes[8] = 9;
    writeFileSync(first(), bytes);
    const other = openJournalReader({ files: folder, durable: () => journal.durable() });
    await expect(other.read(JOURNAL_START, 1 << 20)).rejects.toThrow("format version is 9");
    await journal.close();
    await other.close();
  });
});

describe("a disk that is full", () => {
  test.each([0, 1, 7, 8, 9, 39, 40, 41, 90])(
    "after %i bytes: refused by name, no trace left, and it goes on",
    async (room) => {
      let full = false;
      let left = room;
      const faults: Faults = {
        beforeWrite(bytes) {
          if (!full) return undefined;
          if (left === 0) throw systemError("ENOSPC");
          const part = Math.min(left, bytes);
          left -= part;
          return part;
        },
      };
      const onFatal = vi.fn<(error: Error) => void>();
      const journal = await openFileJournal({ files: createFaultyFiles(createJournalFiles(folder), faults), onFatal });
      const reader = openJournalReader({ files: folder, durable: () => journal.durable() });
      const before = await journal.append(makeRecord(1));
      full = true;
      const refused = await Promise.allSettled([journal.append(makeRecord(2, 60)), journal.append(makeRecord(3, 60))]);
      for (const result of refused)
        expect(result).toMatchObject({ status: "rejected", reason: { code: "journal_disk_full" } });
      expect(statSync(first()).size).toBe(before.offset);
      expect(journal.lastRefusal()).toMatchObject({ error: { code: "journal_disk_full" } });
      full = false;
      await journal.append(makeRecord(4));
      expect(journal.lastRefusal()).toBeNull();
      expect((await readAllEntries(reader, JOURNAL_START)).map((entry) => entry.receivedAt % 100)).toEqual([1, 4]);
      expect(onFatal).not.toHaveBeenCalled();
      await journal.close();
      await reader.close();
    },
  );

  test("whole records that were refused are cut off before anything else is written", async () => {
    let full = false;
    let stuck = true;
    const faults: Faults = {
      beforeWrite(bytes) {
        if (!full) return undefined;
        full = false;
        return bytes - 10;
      },
      beforeTruncate() {
        if (stuck) throw systemError("ENOSPC");
      },
    };
    let rest = 0;
    const files = createFaultyFiles(createJournalFiles(folder), {
      ...faults,
      beforeWrite(bytes) {
        if (rest++ === 1) throw systemError("ENOSPC");
        return faults.beforeWrite!(bytes);
      },
    });
    const journal = await openFileJournal({ files });
    rest = 0;
    full = true;
    const group = await Promise.allSettled([2, 3].map((seed) => journal.append(makeRecord(seed))));
    expect(group.every((result) => result.status === "rejected")).toBe(true);
    await expect(journal.append(makeRecord(4))).rejects.toMatchObject({ code: "journal_disk_full" });
    stuck = false;
    rest = 10;
    await journal.append(makeRecord(5, 0));
    const reader = openJournalReader({ files: folder, durable: () => journal.durable() });
    expect((await readAllEntries(reader, JOURNAL_START)).map((entry) => entry.receivedAt % 100)).toEqual([5]);
    await journal.close();
    await reader.close();
    const again = await openBoth();
    expect(again.journal.durable().offset).toBe(statSync(first()).size);
    await again.journal.close();
    await again.reader.close();
  });

  test("short writes without an error are simply continued", async () => {
    const journal = await openFileJournal({
      files: createFaultyFiles(createJournalFiles(folder), { beforeWrite: () => 7 }),
    });
    const reader = openJournalReader({ files: folder, durable: () => journal.durable() });
    await Promise.all([1, 2, 3].map((seed) => journal.append(makeRecord(seed))));
    expect((await readAllEntries(reader, JOURNAL_START)).length).toBe(3);
    await journal.close();
    await reader.close();
  });

  test("no room for a new segment: refused, the old one goes on later", async () => {
    let full = false;
    const faults: Faults = {
      beforeCreate() {
        if (full) throw systemError("ENOSPC");
      },
    };
    const journal = await openFileJournal({
      files: createFaultyFiles(createJournalFiles(folder), faults),
      segmentBytes: 100,
    });
    await journal.append(makeRecord(1, 200));
    full = true;
    await expect(journal.append(makeRecord(2))).rejects.toMatchObject({ code: "journal_disk_full" });
    full = false;
    expect((await journal.append(makeRecord(3))).segment).toBe(2);
    await journal.close();
  });

  test("a backlog beyond its bound is refused by name until the digest has caught up", async () => {
    const { journal } = await openBoth({ maxBacklogBytes: 1000 });
    const end = await journal.append(makeRecord(1, 700));
    await expect(journal.append(makeRecord(2, 700))).rejects.toMatchObject({ code: "journal_backlog_full" });
    await journal.release(end);
    await journal.append(makeRecord(3, 700));
    await journal.close();
  });
});

describe("errors that must not be retried", () => {
  test("a failing fdatasync closes the journal for good: nothing acknowledged, the owner told once", async () => {
    let broken = false;
    let syncs = 0;
    const faults: Faults = {
      beforeDatasync() {
        syncs++;
        if (broken) throw systemError("EIO");
      },
    };
    const onFatal = vi.fn<(error: Error) => void>();
    const onDurable = vi.fn<(position: JournalPosition) => void>();
    const files = createFaultyFiles(createJournalFiles(folder), faults);
    const journal = await openFileJournal({ files, onFatal, onDurable });
    const safe = await journal.append(makeRecord(1));
    broken = true;
    syncs = 0;
    const results = await Promise.allSettled([journal.append(makeRecord(2)), journal.append(makeRecord(3))]);
    broken = false;
    for (const result of results)
      expect(result).toMatchObject({ status: "rejected", reason: { code: "journal_fsync_failed" } });
    await expect(journal.append(makeRecord(4))).rejects.toMatchObject({ code: "journal_fsync_failed" });
    expect(onFatal).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: "journal_fsync_failed" }));
    expect(onDurable).toHaveBeenCalledExactlyOnceWith(safe);
    expect(journal.durable()).toEqual(safe);
    expect(syncs).toBe(1);
    await journal.close();
  });

  test("a write error other than a full disk closes the journal too", async () => {
    let broken = false;
    const faults: Faults = {
      beforeWrite() {
        if (broken) throw systemError("EIO");
        return undefined;
      },
    };
    const onFatal = vi.fn<(error: Error) => void>();
    const journal = await openFileJournal({ files: createFaultyFiles(createJournalFiles(folder), faults), onFatal });
    broken = true;
    await expect(journal.append(makeRecord(1))).rejects.toMatchObject({ code: "journal_write_failed" });
    expect(onFatal).toHaveBeenCalledOnce();
    await journal.close();
  });
});

test("nothing is acknowledged before its fdatasync has ended", async () => {
  const hold = Promise.withResolvers<void>();
  let syncs = 0;
  const faults: Faults = { beforeDatasync: () => (++syncs > 1 ? hold.promise : undefined) };
  const journal = await openFileJournal({ files: createFaultyFiles(createJournalFiles(folder), faults) });
  let acknowledged = false;
  const append = journal.append(makeRecord(1)).then(() => (acknowledged = true));
  await vi.waitUntil(() => syncs === 2);
  expect(acknowledged).toBe(false);
  expect(journal.durable().offset).toBe(SEGMENT_HEADER_BYTES);
  hold.resolve();
  await append;
  await journal.close();
});

test("while the disk stalls, what waits in memory is bounded", async () => {
  const hold = Promise.withResolvers<void>();
  let syncs = 0;
  const faults: Faults = { beforeDatasync: () => (++syncs > 1 ? hold.promise : undefined) };
  const files = createFaultyFiles(createJournalFiles(folder), faults);
  const journal = await openFileJournal({ files, maxWaitingBytes: 2000 });
  const first = journal.append(makeRecord(1, 1500));
  await vi.waitUntil(() => syncs === 2);
  const second = journal.append(makeRecord(2, 1500));
  await expect(journal.append(makeRecord(3, 1500))).rejects.toMatchObject({ code: "journal_backlog_full" });
  hold.resolve();
  await Promise.all([first, second]);
  await journal.append(makeRecord(4, 1500));
  await journal.close();
});

test("records that come while another group is being synced share one fdatasync", async () => {
  let syncs = 0;
  const journal = await openFileJournal({
    files: createFaultyFiles(createJournalFiles(folder), { beforeDatasync: () => void syncs++ }),
  });
  syncs = 0;
  await Promise.all(Array.from({ length: 500 }, (_, i) => journal.append(makeRecord(i))));
  expect(syncs).toBeLessThan(5);
  await journal.close();
});

test("release() deletes the segments before the position, never the one that is written", async () => {
  const { journal } = await openBoth({ segmentBytes: 300 });
  let end = journal.durable();
  for (let i = 0; i < 20; i++) end = await journal.append(makeRecord(i));
  expect(readdirSync(folder).length).toBeGreaterThan(4);
  await journal.release(end);
  expect(readdirSync(folder)).toEqual([segmentName(end.segment)]);
  expect(statSync(join(folder, segmentName(end.segment))).mode & 0o777).toBe(0o600);
  await journal.close();
});

test("a reader in another thread follows the announced position", async () => {
  const shared = new SharedPosition();
  const journal = await openFileJournal({ files: folder, segmentBytes: 5000, onDurable: (at) => shared.set(at) });
  const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const worker = new Worker(
    `import { parentPort, workerData } from "node:worker_threads";
     import { openJournalReader } from ${url("./open-journal-reader.ts")};
     import { SharedPosition } from ${url("./journal-position.ts")};
     const shared = new SharedPosition(workerData.memory);
     const reader = openJournalReader({ files: workerData.folder, durable: () => shared.get() });
     let at = { segment: 0, offset: 0 }, count = 0;
     while (count < 300) {
       const known = shared.get();
       const entries = await reader.read(at, 2000);
       if (entries.length === 0) { await shared.waitBeyond(known, 10_000); continue; }
       count += entries.length;
       at = entries.at(-1).end;
     }
     await reader.close();
     parentPort.postMessage({ count, at });`,
    { eval: true, workerData: { folder, memory: shared.memory }, execArgv: ["--conditions=source"] },
  );
  const done = new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  for (let i = 0; i < 300; i++) await journal.append(makeRecord(i));
  expect(await done).toEqual({ count: 300, at: journal.durable() });
  await worker.terminate();
  await journal.close();
});
