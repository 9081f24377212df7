import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { StoreEngine } from "../../model/store.ts";
import { chunk, DAY_MS, digest, nextPosition, NOON, rollup } from "../contract/fixtures.ts";
import { openSqliteEngine } from "./open-sqlite-engine.ts";

const UNDO_LAST_STEPS =
  "delete from schema_migration where version >= 4; drop table anomaly; drop table anomaly_history; drop table detector_state; drop table watch_stream; drop table stream_tuning; drop table discovery; drop table watch_tally; drop table monitor; drop table client_session; drop table release_health; drop table upload_chunk; drop table artifact; drop table feedback; drop table release_user; drop table rollup_hour; drop table rollup_five_minute; drop table rollup_five_minute_route; drop table issue_hash_day; drop table traffic_day; alter table issue_hash drop column severity; alter table issue_hash drop column widens";

describe("openSqliteEngine()", () => {
  let dataDir: string;
  const opened: StoreEngine[] = [];
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), "gatewatch-sqlite-"));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    rmSync(dataDir, { recursive: true });
  });
  async function open(): Promise<StoreEngine> {
    const store = await openSqliteEngine(dataDir);
    opened.push(store);
    return store;
  }
  const readChunks = (store: StoreEngine) => store.telemetry.chunks(1, "request", 0, NOON * 2, 100);

  test("refuses a folder that another process has open, and takes it once that is closed", async () => {
    const store = await open();
    await expect(openSqliteEngine(dataDir)).rejects.toMatchObject({
      name: "StoreError",
      code: "store_locked",
      message: expect.stringContaining(dataDir),
      help: expect.stringContaining("another data folder"),
    });
    await store.close();
    await expect(open()).resolves.toBeDefined();
  });

  test("makes files that only their owner may read", async () => {
    const store = await open();
    const position = nextPosition();
    await store.digest(position, (tx) => tx.putChunks([chunk(1, position)]));
    const { path } = await store.maintenance.backup(join(dataDir, "copy"));
    for (const folder of [dataDir, path])
      for (const name of readdirSync(folder).filter((file) => /\.(db|lock|db-wal)$/.test(file)))
        expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
  });

  test("refuses to begin anew where a server has lost its main file, and takes a restored one", async () => {
    const store = await open();
    const position = nextPosition();
    await store.digest(position, (tx) => tx.putChunks([chunk(1, position)]));
    await store.maintenance.backup(join(dataDir, "backups"));
    await store.close();
    for (const name of readdirSync(dataDir)) if (name.startsWith("gatewatch.db")) rmSync(join(dataDir, name));
    await expect(openSqliteEngine(dataDir)).rejects.toMatchObject({
      code: "store_missing",
      message: expect.stringMatching(/gatewatch\.db is not there, though events-.*\.db of/),
      help: expect.stringContaining("Restore the newest backup"),
    });
    expect(readdirSync(dataDir)).not.toContain("gatewatch.db");
    renameSync(join(dataDir, "backups", "gatewatch.db"), join(dataDir, "gatewatch.db"));
    expect(await readChunks(await open())).toHaveLength(1);
  });

  test("refuses to begin anew beside a journal; an empty folder of it is no obstacle", async () => {
    mkdirSync(join(dataDir, "journal"));
    await (await open()).close();
    for (const name of readdirSync(dataDir)) if (name !== "journal") rmSync(join(dataDir, name));
    writeFileSync(join(dataDir, "journal", "0000000001.seg"), "");
    await expect(openSqliteEngine(dataDir)).rejects.toMatchObject({ code: "store_missing" });
  });

  test("refuses data of a newer version, and leaves it as it is", async () => {
    await (await open()).close();
    const file = new DatabaseSync(join(dataDir, "gatewatch.db"));
    file.exec("insert into schema_migration values (9999, 'from the future', 0)");
    file.close();
    await expect(openSqliteEngine(dataDir)).rejects.toMatchObject({ code: "store_newer_version" });
    expect(readdirSync(dataDir)).not.toContain("backups");
  });

  test("upgrades data of an older version after copying it, and keeps what it holds", async () => {
    const store = await open();
    await store.control.setSetting("kept", 1);
    await digest(store, async (tx) => {
      await tx.addRollups("hour_route", [rollup(1, [1, 2], { route: "GET /a" }), rollup(1, [3], { route: "GET /b" })]);
      await tx.addRollups("minute_route", [rollup(1, [4], { route: "GET /a" }), rollup(1, [3], { route: "GET /b" })]);
    });
    await store.close();
    const file = new DatabaseSync(join(dataDir, "gatewatch.db"));
    file.exec(UNDO_LAST_STEPS);
    file.close();

    const upgraded = await open();
    expect(await upgraded.maintenance.schemaVersion()).toBe(8);
    expect(await upgraded.control.getSetting("kept")).toBe(1);
    expect(await upgraded.telemetry.rollups("five_minute_route", 1, 0, NOON * 2)).toMatchObject([
      { time: NOON, route: "GET /a", sumUs: 4 },
      { time: NOON, route: "GET /b", sumUs: 3 },
    ]);
    expect(await upgraded.telemetry.rollups("hour", 1, 0, NOON * 2)).toMatchObject([
      { time: NOON, count: 3, sumUs: 6 },
    ]);
    const [copy] = readdirSync(join(dataDir, "backups"));
    expect(copy).toMatch(/^before-upgrade-from-v3-.*\.db$/);
    const copied = new DatabaseSync(join(dataDir, "backups", copy!), { readOnly: true });
    expect(copied.prepare("select value from setting").all()).toMatchObject([{ value: "1" }]);
    copied.close();
  });

  test("says that a damaged file is damaged", async () => {
    writeFileSync(join(dataDir, "gatewatch.db"), "this is no database, and longer than a header ".repeat(100));
    await expect(openSqliteEngine(dataDir)).rejects.toMatchObject({ code: "store_corrupt" });
  });

  test("says that a folder cannot be made", async () => {
    writeFileSync(join(dataDir, "file"), "");
    await expect(openSqliteEngine(join(dataDir, "file", "data"))).rejects.toMatchObject({ code: "store_unwritable" });
  });

  test("chunks of a unit that failed after they were written never show, also not later", async () => {
    const store = await open();
    const kept = nextPosition();
    const failed = nextPosition();
    const { day } = chunk(1, failed);
    await store.digest(kept, (tx) => tx.putChunks([chunk(1, kept, { part: 7 })]));
    // A day file that cannot be written makes the unit fail after the first day's chunks are durable.
    writeFileSync(join(dataDir, "events-2026-05-21.db"), "this is no database, and longer than a header ".repeat(100));
    await expect(
      store.digest(failed, (tx) => tx.putChunks([chunk(1, failed), chunk(1, failed, { minTime: NOON + DAY_MS })])),
    ).rejects.toMatchObject({ code: "store_corrupt" });
    expect(countStoredChunks(day)).toBe(2);

    rmSync(join(dataDir, "events-2026-05-21.db"));
    await digest(store, (tx) => tx.addRollups("minute", [rollup(1, [1])]));
    expect((await readChunks(store)).map((row) => row.part)).toEqual([7]);
    expect(countStoredChunks(day)).toBe(1);
  });

  test("opening drops chunks beyond what the main file has committed", async () => {
    const store = await open();
    const kept = nextPosition();
    await store.digest(kept, (tx) => tx.putChunks([chunk(1, kept)]));
    await store.close();
    const file = new DatabaseSync(join(dataDir, "events-2026-05-20.db"));
    file.exec(
      "insert into chunk select null, 1, 999999, part, kind, project_id, min_time, max_time, count, body from chunk",
    );
    file.close();
    expect(countStoredChunks("2026-05-20")).toBe(2);
    expect(await readChunks(await open())).toHaveLength(1);
    expect(countStoredChunks("2026-05-20")).toBe(1);
  });

  test.each([
    ["after-chunks:1", 0],
    ["after-chunks:6", 2],
    ["after-chunks:7", 3],
    ["before-main:4", 3],
  ])("killed at %s, the store holds %i whole units and goes on from there", async (fault, committed) => {
    expect(await runTarget(5, fault)).toEqual({ signal: "SIGKILL", committed });
    const store = await open();
    expect(await holdings(store)).toEqual({ position: committed, chunks: 2 * committed, requests: 3 * committed });
    await store.close();
    expect(await runTarget(5, "")).toEqual({ signal: null, committed: 5 });
    expect(await holdings(await open())).toEqual({ position: 5, chunks: 10, requests: 15 });
  });

  async function runTarget(units: number, fault: string): Promise<{ signal: string | null; committed: number }> {
    const child = spawn(process.execPath, [join(import.meta.dirname, "kill-target.ts"), dataDir, String(units)], {
      env: { ...process.env, GATEWATCH_FAULT: fault },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let committed = 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      committed = Number(text.trim().split("\n").at(-1));
    });
    const [, signal] = (await once(child, "close")) as [number | null, string | null];
    return { signal, committed };
  }

  async function holdings(store: StoreEngine) {
    return {
      position: (await store.digestPosition())?.offset ?? 0,
      chunks: (await readChunks(store)).length,
      requests: await store.telemetry.countRequests(1, 0, NOON * 2),
    };
  }

  function countStoredChunks(day: string): number {
    const file = new DatabaseSync(join(dataDir, `events-${day}.db`), { readOnly: true });
    const row = file.prepare("select count(*) as count from chunk").get();
    file.close();
    return Number(row?.["count"]);
  }
});
