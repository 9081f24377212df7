import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Sketch } from "../../model/sketch.ts";
import type { StoreEngine } from "../../model/store.ts";
import { chunk, DAY_MS, digest, newBatch, nextPosition, NOON, rollup } from "../contract/fixtures.ts";
import { compactRollups } from "./compact-rollups.ts";
import { openPostgresClient, openPostgresEngine, restorePostgresBackup } from "./open-postgres-engine.ts";
import { createPool } from "./postgres-pool.ts";

const server = process.env["GATEWATCH_TEST_POSTGRES_URL"] || undefined;

describe.skipIf(server === undefined)("openPostgresEngine()", () => {
  const opened: { close(): Promise<void> }[] = [];
  let admin: pg.Pool;
  let schema: string;
  let url: string;
  let folder: string;
  let count = 0;
  beforeAll(() => {
    admin = new pg.Pool({ connectionString: server!, max: 1 });
    folder = mkdtempSync(join(tmpdir(), "gatewatch-postgres-test-"));
  });
  beforeEach(async () => {
    schema = `engine_${process.pid}_${++count}`;
    await admin.query(`create schema ${schema}`);
    const address = new URL(server!);
    address.searchParams.set("options", `-csearch_path=${schema}`);
    url = address.href;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });
  afterAll(async () => {
    await admin.end();
    rmSync(folder, { recursive: true });
  });
  async function open(): Promise<StoreEngine> {
    const store = await openPostgresEngine({ url, backupDir: folder });
    opened.push(store);
    return store;
  }
  const readCells = (store: StoreEngine) => store.telemetry.rollups("minute", 1, 0, NOON * 2);

  test("several processes that start at once upgrade one after the other", async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, open));
    expect(await stores[3]!.control.listProjects()).toHaveLength(1);
  });

  test("a unit is invisible to others until it commits", async () => {
    const store = await open();
    const client = await openPostgresClient(url);
    opened.push(client);
    const position = nextPosition();
    await store.digest(position, async (tx) => {
      await tx.addRollups("minute", [rollup(1, [5])]);
      await tx.putChunks([chunk(1, position)]);
      expect(await client.telemetry.rollups("minute", 1, 0, NOON * 2)).toEqual([]);
      expect(await client.telemetry.chunks(1, "request", 0, NOON * 2, 9)).toEqual([]);
    });
    expect(await client.telemetry.rollups("minute", 1, 0, NOON * 2)).toHaveLength(1);
    expect(await client.telemetry.chunks(1, "request", 0, NOON * 2, 9)).toEqual([chunk(1, position)]);
  });

  test("units of two processes run one after the other, and a batch in both counts once", async () => {
    const [one, two] = [await open(), await open()];
    const batch = newBatch(1);
    const running: string[] = [];
    const unit = (store: StoreEngine, name: string) =>
      digest(store, async (tx) => {
        running.push(`${name} begins`);
        const known = await tx.addBatches([batch]);
        if (known.length === 0) await tx.addRollups("minute", [rollup(1, [5])]);
        running.push(`${name} ends`);
      });
    await Promise.all([unit(one, "one"), unit(two, "two")]);
    expect(running[1]).toBe(running[0]!.replace("begins", "ends"));
    expect(await readCells(one)).toMatchObject([{ count: 1 }]);
  });

  test("compaction joins delta rows without changing any answer, also while others append", async () => {
    const store = await open();
    const append = (values: number[]) =>
      digest(store, (tx) =>
        tx.addRollups("minute", [rollup(1, values), rollup(1, values, { time: NOON + 60_000, errors: 1 })]),
      );
    for (let unit = 0; unit < 10; unit++) await append([unit + 1, unit + 2]);
    const pool = createPool(url);
    const [removed] = await Promise.all([
      compactRollups(pool, 0).then(async (first) => first + (await compactRollups(pool, 0))),
      compactRollups(pool, 0),
      append([50, 60]),
    ]);
    await compactRollups(pool, 0);
    const { rows } = await pool.query<{ count: number }>("select count(*) as count from rollup_minute");
    await pool.end();
    expect(removed).toBeGreaterThanOrEqual(0);
    expect(rows[0]!.count).toBe(2);
    const cells = await readCells(store);
    expect(cells).toMatchObject([
      { count: 22, errors: 0, sumUs: 230, maxUs: 60 },
      { count: 22, errors: 11, sumUs: 230, maxUs: 60 },
    ]);
    expect(Sketch.parse(cells[0]!.sketch).count).toBe(22);
  });

  test("a connection that broke is replaced; the unit that used it is refused and can be repeated", async () => {
    const store = await open();
    const position = nextPosition();
    const unit = (breakIt: boolean) =>
      store.digest(position, async (tx) => {
        await tx.addRollups("minute", [rollup(1, [5])]);
        if (breakIt)
          await admin.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gatewatch' and state like 'idle in%'",
          );
        await tx.projects();
      });
    await expect(unit(true)).rejects.toMatchObject({ name: "StoreError", code: "store_unreachable" });
    expect(await store.digestPosition()).toBeNull();
    await unit(false);
    expect(await readCells(store)).toMatchObject([{ count: 1 }]);
  });

  test("an address where nobody listens, a wrong password and a missing database are told apart from our faults", async () => {
    const nobody = openPostgresEngine({ url: "postgres://x:secret@127.0.0.1:1/x" });
    await expect(nobody).rejects.toMatchObject({
      code: "store_unreachable",
      help: expect.stringContaining("DATABASE_URL"),
    });
    const wrong = new URL(server!);
    wrong.password = "wrong";
    await expect(openPostgresEngine({ url: wrong.href })).rejects.toMatchObject({ code: "store_unreachable" });
    const missing = new URL(server!);
    missing.pathname = "/no_such_database";
    await expect(openPostgresEngine({ url: missing.href })).rejects.toMatchObject({ code: "store_unreachable" });
  });

  test("refuses data of a newer version", async () => {
    await open();
    await admin.query(`insert into ${schema}.schema_migration values (9999, 'from the future', 0)`);
    await expect(openPostgresEngine({ url })).rejects.toMatchObject({ code: "store_newer_version" });
  });

  test("upgrades data of an older version after writing an archive of it", async () => {
    const store = await open();
    await store.control.setSetting("kept", 1);
    await digest(store, async (tx) => {
      await tx.addRollups("hour_route", [rollup(1, [1, 2], { route: "GET /a" }), rollup(1, [3], { route: "GET /b" })]);
      await tx.addRollups("minute_route", [rollup(1, [4], { route: "GET /a" }), rollup(1, [3], { route: "GET /b" })]);
    });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(
      "drop table rollup_hour, rollup_five_minute, rollup_five_minute_route, issue_hash_day, traffic_day",
    );
    await client.query(
      "drop table anomaly, anomaly_history, detector_state, watch_stream, stream_tuning, discovery, watch_tally",
    );
    await client.query(
      "drop table monitor, client_session, release_health, upload_chunk, artifact, feedback, release_user",
    );
    await client.query("alter table issue_hash drop column severity, drop column widens");
    await client.query("delete from schema_migration where version >= 4");
    await client.end();
    const backupDir = join(folder, "upgrades");
    const upgraded = await openPostgresEngine({ url, backupDir });
    opened.push(upgraded);
    expect(await upgraded.maintenance.schemaVersion()).toBe(8);
    expect(await upgraded.control.getSetting("kept")).toBe(1);
    expect(await upgraded.telemetry.rollups("five_minute_route", 1, 0, NOON * 2)).toMatchObject([
      { time: NOON, route: "GET /a", sumUs: 4 },
      { time: NOON, route: "GET /b", sumUs: 3 },
    ]);
    expect(await upgraded.telemetry.rollups("hour", 1, 0, NOON * 2)).toMatchObject([
      { time: NOON, count: 3, sumUs: 6 },
    ]);
    expect(readdirSync(backupDir)).toEqual([expect.stringMatching(/^before-upgrade-from-v3-.*\.gwa$/)]);
  });

  test("chunks and batch ids of a day lie in a partition of that day", async () => {
    const store = await open();
    const position = nextPosition();
    await store.digest(position, async (tx) => {
      await tx.putChunks([chunk(1, position), chunk(1, position, { minTime: NOON + DAY_MS })]);
      await tx.addBatches([newBatch(1)]);
    });
    const { rows } = await admin.query<{ name: string }>(
      `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where c.relnamespace = $1::regnamespace and c.relkind = 'r' order by 1`,
      [schema],
    );
    expect(rows.map((row) => row.name)).toEqual(["batch_d20593", "chunk_d2026_05_20", "chunk_d2026_05_21"]);
  });

  test("a backup is not restored over data, and a file that is no backup is refused", async () => {
    const store = await open();
    await digest(store, (tx) => tx.addRollups("minute", [rollup(1, [5])]));
    const target = join(folder, "copies", "backup.gwa");
    await store.maintenance.backup(target);
    await expect(restorePostgresBackup({ url }, target)).rejects.toMatchObject({ code: "store_locked" });
    expect(readdirSync(join(folder, "copies"))).toEqual(["backup.gwa"]);
    const strange = join(folder, "strange.gwa");
    writeFileSync(strange, "something else");
    await expect(restorePostgresBackup({ url }, strange)).rejects.toMatchObject({ code: "store_corrupt" });
    expect(await readCells(store)).toHaveLength(1);
  });
});
