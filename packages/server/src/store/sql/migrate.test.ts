import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Sketch } from "../../model/sketch.ts";
import { sketchOf } from "../contract/fixtures.ts";
import { SqliteConnection } from "../sqlite/sqlite-connection.ts";
import { SQLITE_WORDS } from "../sqlite/sqlite-dialect.ts";
import { createSqliteKysely } from "../sqlite/sqlite-kysely.ts";
import type { Database } from "./dialect.ts";
import { migrate, readSchemaVersion } from "./migrate.ts";
import { MIGRATIONS } from "./migrations/migrations.ts";
import type { Migration } from "./migrations/migration.ts";

type Backup = (fromVersion: number) => Promise<void>;

const FIRST: Migration = { version: 1, name: "first", statements: () => ["create table a (x)"] };
const SECOND: Migration = { version: 2, name: "second", statements: () => ["create table b (x)"] };
const BROKEN: Migration = { version: 3, name: "broken", statements: () => ["create table c (x)", "nonsense"] };

describe("migrate()", () => {
  let connection: SqliteConnection;
  let db: Database;
  beforeEach(() => {
    connection = new SqliteConnection(":memory:");
    db = createSqliteKysely(connection);
  });
  afterEach(() => connection.close());

  const run = (migrations: Migration[], backup = vi.fn<Backup>(async () => {})) =>
    migrate(db, { words: SQLITE_WORDS, now: 5, backup, migrations }).then(() => backup);
  const tables = () =>
    connection
      .prepare("select name from sqlite_schema where type = 'table' and name <> 'schema_migration' order by name")
      .all()
      .map((row) => row["name"]);

  test("applies what is missing, in order, and nothing twice", async () => {
    await run([FIRST]);
    await run([FIRST, SECOND]);
    await run([FIRST, SECOND]);
    expect(tables()).toEqual(["a", "b"]);
    expect(await readSchemaVersion(db)).toBe(2);
  });

  test("makes a backup before an upgrade, and none of a new or a current database", async () => {
    expect(await run([FIRST])).not.toHaveBeenCalled();
    expect(await run([FIRST, SECOND])).toHaveBeenCalledExactlyOnceWith(1);
    expect(await run([FIRST, SECOND])).not.toHaveBeenCalled();
  });

  test("does not upgrade when the backup fails", async () => {
    await run([FIRST]);
    const failing = vi.fn<Backup>(() => Promise.reject(new Error("no room")));
    await expect(run([FIRST, SECOND], failing)).rejects.toThrow("no room");
    expect(tables()).toEqual(["a"]);
  });

  test("a step that fails leaves nothing of itself, and keeps those before", async () => {
    await expect(run([FIRST, SECOND, BROKEN])).rejects.toMatchObject({
      code: "store_migration_failed",
      message: expect.stringContaining("Step 3 (broken)"),
    });
    expect(tables()).toEqual(["a", "b"]);
    expect(await readSchemaVersion(db)).toBe(2);
  });

  test("refuses a database of a newer version", async () => {
    await run([FIRST, SECOND]);
    await expect(run([FIRST])).rejects.toMatchObject({ code: "store_newer_version" });
  });

  test("coarser rollups are filled from the finer ones that are there", async () => {
    await run(MIGRATIONS.slice(0, 3));
    const minute = 60_000;
    const hour = 60 * minute;
    const add = (table: string, projectId: number, time: number, routeId: number, errors: number, us: number[]) =>
      connection.prepare(`insert into ${table} values (?, ?, ?, ?, ?, 0, ?, ?, ?)`).run(
        projectId,
        time,
        routeId,
        us.length,
        errors,
        us.reduce((a, b) => a + b),
        Math.max(...us),
        sketchOf(us),
      );
    add("rollup_hour_route", 1, hour, 1, 1, [100, 200]);
    add("rollup_hour_route", 1, hour, 2, 0, [900]);
    add("rollup_hour_route", 1, 200 * hour, 1, 0, [50]);
    add("rollup_hour_route", 2, hour, 1, 1, [70]);
    for (const at of [4, 5, 9, 10]) add("rollup_minute", 1, at * minute, 0, 0, [at]);
    for (const route of [1, 2]) for (const at of [5, 6]) add("rollup_minute_route", 1, at * minute, route, 1, [at]);
    await run([...MIGRATIONS]);
    const cells = (table: string) =>
      connection
        .prepare(`select * from ${table} order by project_id, time, route_id`)
        .all()
        .map(({ sketch, ...row }) => [...Object.values(row), Sketch.parse(sketch as Uint8Array).count]);
    expect(cells("rollup_hour")).toEqual([
      [1, hour, 0, 3, 1, 0, 1200, 900, 3],
      [1, 200 * hour, 0, 1, 0, 0, 50, 50, 1],
      [2, hour, 0, 1, 1, 0, 70, 70, 1],
    ]);
    expect(cells("rollup_five_minute")).toEqual([
      [1, 0, 0, 1, 0, 0, 4, 4, 1],
      [1, 5 * minute, 0, 2, 0, 0, 14, 9, 2],
      [1, 10 * minute, 0, 1, 0, 0, 10, 10, 1],
    ]);
    expect(cells("rollup_five_minute_route")).toEqual([
      [1, 5 * minute, 1, 2, 2, 0, 11, 6, 2],
      [1, 5 * minute, 2, 2, 2, 0, 11, 6, 2],
    ]);
  });

  test("the steps that ship are numbered from 1 without a gap", () => {
    expect(MIGRATIONS.map((step) => step.version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });
});
