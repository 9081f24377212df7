import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFileJournal } from "../journal/open-file-journal.ts";
import type { DigestNotice } from "../model/live.ts";
import { openStoreClient } from "../store/open-store-client.ts";
import { countStored } from "./count-stored.ts";
import { startDigest, type StartDigestOptions } from "./start-digest.ts";
import { makeTestRecord, TEST_TIME } from "./test-records.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-digest-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function startAll(options: Partial<StartDigestOptions> = {}) {
  const notices: DigestNotice[] = [];
  const fatal: Error[] = [];
  const digest = await startDigest({
    store: { engine: "sqlite", dataDir: folder },
    journalFolder: join(folder, "journal"),
    poisonFolder: join(folder, "poison"),
    publicUrl: null,
    gatherMs: 0,
    onNotice: (notice) => void notices.push(notice),
    onHalted: () => {},
    onFatal: (error) => void fatal.push(error),
    log: () => {},
    ...options,
  });
  const journal = await openFileJournal({
    files: join(folder, "journal"),
    after: digest.position,
    segmentBytes: 20_000,
    onDurable: digest.announce,
  });
  digest.follow(journal);
  const store = await openStoreClient({ engine: "sqlite", dataDir: folder, writer: digest.storePort, readers: 1 });
  const stop = async () => {
    await journal.close();
    const result = await digest.stop(20_000);
    return result;
  };
  const close = async () => {
    await store.close();
    await digest.close();
  };
  return { digest, journal, store, notices, fatal, stop, close };
}

test("records appended in the main thread are digested in the other, released, and all drained by a clean stop", async () => {
  const { digest, journal, store, notices, fatal, stop, close } = await startAll();
  await store.control.createProject({ name: "One", slug: "one", at: TEST_TIME });
  for (let seed = 0; seed < 60; seed++) await journal.append(makeTestRecord({ seed, errors: seed % 2 }));
  expect(await stop()).toEqual({ drained: true });
  expect(digest.committed()).toEqual(journal.durable());
  expect(digest.stats()).toMatchObject({ events: 630, batches: 60, halted: null });
  const stored = await countStored(store, 1);
  expect([stored.requests.count, stored.errors, stored.inIssues]).toEqual([600, 30, 30]);
  expect(notices.reduce((sum, notice) => sum + notice.errors, 0)).toBe(30);
  await close();
  expect(journal.backlogBytes()).toBeLessThan(20_000);
  expect(fatal).toEqual([]);
});

test("a second start goes on where the first ended", async () => {
  for (const round of [0, 1]) {
    const { journal, store, stop, close } = await startAll();
    await store.control.createProject({ name: "One", slug: "one", at: TEST_TIME });
    for (let i = 0; i < 5; i++) await journal.append(makeTestRecord({ seed: round * 4 + i }));
    await stop();
    expect((await countStored(store, 1)).requests.count).toBe(round === 0 ? 50 : 90);
    await close();
  }
});

test("a store that cannot be opened rejects with its own error", async () => {
  const first = await startAll();
  await expect(startAll()).rejects.toMatchObject({ name: "StoreError", code: "store_locked" });
  await first.stop();
  await first.close();
});

test.each(["after-chunks", "before-main"])(
  "killed at %s, the next start digests the rest: nothing lost, nothing twice",
  async (point) => {
    const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
    const script = `
      import { startDigest } from ${url("./start-digest.ts")};
      import { openFileJournal } from ${url("../journal/open-file-journal.ts")};
      import { makeTestRecord } from ${url("./test-records.ts")};
      const folder = ${JSON.stringify(folder)};
      const digest = await startDigest({ store: { engine: "sqlite", dataDir: folder }, journalFolder: folder + "/journal",
        poisonFolder: folder + "/poison", publicUrl: null, gatherMs: 0, maxUnitBytes: 3000,
        onNotice() {}, onHalted() {}, onFatal() {}, log() {} });
      const journal = await openFileJournal({ files: folder + "/journal", after: digest.position, onDurable: digest.announce });
      for (let seed = 0; seed < 20; seed++) await journal.append(makeTestRecord({ seed, errors: 1 }));
      digest.follow(journal);
      setInterval(() => {}, 1000);`;
    writeFileSync(join(folder, "victim.mjs"), script);
    const child = spawn(process.execPath, ["--conditions=source", join(folder, "victim.mjs")], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, GATEWATCH_FAULT: `${point}:4` },
    });
    const [, signal] = (await once(child, "exit")) as [number | null, string | null];
    expect(signal).toBe("SIGKILL");
    const { journal, store, stop, close } = await startAll();
    for (let seed = 15; seed < 25; seed++) await journal.append(makeTestRecord({ seed, errors: 1 }));
    await stop();
    const stored = await countStored(store, 1);
    expect([stored.requests.count, stored.rollups["minute_route"], stored.errors, stored.inIssues]).toEqual([
      250,
      { count: 250, sumUs: stored.requests.sumUs, inSketches: 250 },
      25,
      25,
    ]);
    await close();
  },
);
