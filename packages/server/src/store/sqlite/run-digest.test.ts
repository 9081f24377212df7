import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { StoreEngine } from "../../model/store.ts";
import { chunk, newBatch, NOON, rollup } from "../contract/fixtures.ts";
import { readDigestPosition } from "../sql/digest/digest-position.ts";
import type { Database } from "../sql/dialect.ts";
import { migrate } from "../sql/migrate.ts";
import { readRollups } from "../sql/telemetry/read-rollups.ts";
import { DayFiles } from "./day-files.ts";
import { createDigestRunner } from "./run-digest.ts";
import { SqliteConnection } from "./sqlite-connection.ts";
import { SQLITE_WORDS } from "./sqlite-dialect.ts";
import { createSqliteKysely } from "./sqlite-kysely.ts";

describe("createDigestRunner()", () => {
  let dataDir: string;
  let connection: SqliteConnection;
  let db: Database;
  let dayFiles: DayFiles;
  let digest: StoreEngine["digest"];
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "gatewatch-digest-"));
    connection = new SqliteConnection(join(dataDir, "gatewatch.db"));
    db = createSqliteKysely(connection);
    await migrate(db, { words: SQLITE_WORDS, now: NOON, backup: async () => {} });
    dayFiles = new DayFiles(dataDir, { readOnly: false });
    digest = createDigestRunner({ db, connection, dayFiles, fault: () => {} });
  });
  afterEach(() => {
    connection.close();
    dayFiles.close();
    rmSync(dataDir, { recursive: true });
  });

  test("a full disk fails the unit whole; the same unit succeeds once there is room, and counts once", async () => {
    const position = { segment: 1, offset: 1 };
    const batches = Array.from({ length: 2_000 }, () => newBatch(1));
    const unit = () =>
      digest(position, async (tx) => {
        await tx.addRollups("minute_route", [rollup(1, [1, 2], { route: "GET /" })]);
        await tx.putChunks([chunk(1, position)]);
        return tx.addBatches(batches);
      });
    const pages = Number(connection.prepare("pragma page_count").get()?.["page_count"]);
    connection.exec(`pragma max_page_count = ${pages + 3}`);
    await expect(unit()).rejects.toMatchObject({ name: "StoreError", code: "store_disk_full" });
    expect(connection.inTransaction).toBe(false);
    expect(await readDigestPosition(db)).toBeNull();

    connection.exec("pragma max_page_count = 1000000");
    expect(await unit()).toEqual([]);
    const cells = await readRollups(db, { table: "minute_route", projectId: 1, from: 0, to: NOON * 2 });
    expect(cells).toMatchObject([{ count: 2, route: "GET /" }]);
  });

  test("a cell that retention deleted begins anew", async () => {
    const add = (offset: number) =>
      digest({ segment: 1, offset }, (tx) => tx.addRollups("minute", [rollup(1, [100, 200])]));
    await add(1);
    connection.exec("delete from rollup_minute");
    await add(2);
    const [cell] = await readRollups(db, { table: "minute", projectId: 1, from: 0, to: NOON * 2 });
    expect(cell).toEqual(rollup(1, [100, 200]));
  });
});
