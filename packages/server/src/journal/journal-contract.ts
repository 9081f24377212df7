import { afterEach, describe, expect, test } from "vitest";
import type { Journal, JournalPosition, JournalReader, JournalRecord } from "../model/journal.ts";

/** One journal under test, with its reader; `reopen` ends the writer as a crash would and opens both anew. */
export interface JournalUnderTest {
  journal: Journal;
  reader: JournalReader;
  /** Before the first record. */
  start: JournalPosition;
  reopen(): Promise<JournalUnderTest>;
  close(): Promise<void>;
}

export function makeRecord(seed: number, bodyBytes = 20): JournalRecord {
  return {
    projectId: 1 + (seed % 3),
    receivedAt: 1_800_000_000_000 + seed,
    batchId: new Uint8Array(16).fill(seed % 256),
    body: Buffer.from(JSON.stringify({ seed, pad: "x".repeat(bodyBytes) })),
  };
}

/** Everything from `position` on, in the order of reading. */
export async function readAllEntries(reader: JournalReader, position: JournalPosition, maxBytes = 1 << 20) {
  const entries = [];
  let at = position;
  for (;;) {
    const some = await reader.read(at, maxBytes);
    if (some.length === 0) return entries;
    entries.push(...some);
    at = some.at(-1)!.end;
  }
}

function plain(record: JournalRecord) {
  const { projectId, receivedAt } = record;
  return { projectId, receivedAt, batchId: [...record.batchId], body: Buffer.from(record.body).toString() };
}

/** What every `Journal` and `JournalReader` must do. */
export function describeJournal(name: string, open: () => Promise<JournalUnderTest>): void {
  describe(`the journal contract: ${name}`, () => {
    let current: JournalUnderTest | undefined;
    const start = async () => (current = await open());
    afterEach(async () => {
      await current?.close();
      current = undefined;
    });

    test("an empty journal has nothing to read", async () => {
      const { reader, start: at } = await start();
      expect(await reader.read(at, 1 << 20)).toEqual([]);
    });

    test("records are read back as they were, in the order of their positions", async () => {
      const { journal, reader, start: at } = await start();
      const records = Array.from({ length: 50 }, (_, i) => makeRecord(i, i * 17));
      const ends = await Promise.all(records.map((record) => journal.append(record)));
      const entries = await readAllEntries(reader, at);
      expect(entries.map(plain)).toEqual(records.map(plain));
      expect(entries.map((entry) => entry.end)).toEqual(ends);
    });

    test("reading goes on from any position, in pieces that respect maxBytes but hold one record at least", async () => {
      const { journal, reader, start: at } = await start();
      const records = Array.from({ length: 20 }, (_, i) => makeRecord(i, 1000));
      const ends = await Promise.all(records.map((record) => journal.append(record)));
      expect((await reader.read(at, 1)).map(plain)).toEqual([plain(records[0]!)]);
      const some = await reader.read(ends[9]!, 5000);
      expect(some.length).toBeLessThan(10);
      expect(plain(some[0]!)).toEqual(plain(records[10]!));
      expect((await readAllEntries(reader, ends[14]!, 1)).map(plain)).toEqual(records.slice(15).map(plain));
      expect(await reader.read(ends[19]!, 1 << 20)).toEqual([]);
    });

    test("a reader sees a record once its append has resolved", async () => {
      const { journal, reader, start: at } = await start();
      let position = at;
      for (let i = 0; i < 10; i++) {
        const end = await journal.append(makeRecord(i));
        const [entry] = await reader.read(position, 1 << 20);
        expect(entry?.end).toEqual(end);
        position = end;
      }
    });

    test("what was acknowledged is there after the writer has gone without closing", async () => {
      const first = await start();
      const records = Array.from({ length: 30 }, (_, i) => makeRecord(i));
      await Promise.all(records.map((record) => first.journal.append(record)));
      const second = (current = await first.reopen());
      const later = [makeRecord(100), makeRecord(101)];
      await Promise.all(later.map((record) => second.journal.append(record)));
      const entries = await readAllEntries(second.reader, second.start);
      expect(entries.map(plain)).toEqual([...records, ...later].map(plain));
    });

    test("the backlog shrinks when positions are released, and released records may go", async () => {
      const { journal, reader } = await start();
      const ends = [];
      for (let i = 0; i < 40; i++) ends.push(await journal.append(makeRecord(i, 500)));
      const before = journal.backlogBytes();
      expect(before).toBeGreaterThan(40 * 500);
      await journal.release(ends[29]!);
      const after = journal.backlogBytes();
      expect(after).toBeLessThan(before / 2);
      expect(after).toBeGreaterThan(10 * 500);
      expect((await readAllEntries(reader, ends[29]!)).length).toBe(10);
      await journal.release(ends[3]!);
      expect(journal.backlogBytes()).toBe(after);
    });

    test("a closed journal refuses appends by name, after it has written those that came before", async () => {
      const { journal, reader, start: at } = await start();
      const pending = journal.append(makeRecord(1));
      const closed = journal.close();
      await expect(journal.append(makeRecord(2))).rejects.toMatchObject({ code: "journal_closed" });
      await closed;
      const end = await pending;
      expect((await readAllEntries(reader, at)).map((entry) => entry.end)).toEqual([end]);
    });

    test("a record beyond the bound is refused by name and leaves the journal working", async () => {
      const { journal } = await start();
      const large = { ...makeRecord(1), body: new Uint8Array(17 * 1024 * 1024) };
      await expect(journal.append(large)).rejects.toMatchObject({ code: "journal_record_too_large" });
      await journal.append(makeRecord(2));
    });
  });
}
