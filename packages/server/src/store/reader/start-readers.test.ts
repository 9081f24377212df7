import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Store, StoreEngine } from "../../model/store.ts";
import { addIssue, chunk, digest, issueEvent, nextPosition, NOON, rollup } from "../contract/fixtures.ts";
import { openStoreClient } from "../open-store-client.ts";
import { openSqliteEngine } from "../sqlite/open-sqlite-engine.ts";
import { serveStore } from "../store-rpc.ts";
import { openSqliteReader } from "./open-sqlite-reader.ts";
import { startReaders } from "./start-readers.ts";

describe("openStoreClient() beside a SQLite writer", () => {
  let dataDir: string;
  let engine: StoreEngine;
  let client: Store;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "gatewatch-readers-"));
    engine = await openSqliteEngine(dataDir);
    const { port1, port2 } = new MessageChannel();
    serveStore(port1, engine);
    client = await openStoreClient({ engine: "sqlite", dataDir, writer: port2, readers: 2 });
  });
  afterAll(async () => {
    await client.close();
    await engine.close();
    rmSync(dataDir, { recursive: true });
  });

  test("reads its own writes", async () => {
    const project = await client.control.createProject({ name: "Shop", slug: "shop", at: NOON });
    expect(await client.control.getProject(project.id)).toEqual(project);
    const { issue, hash } = await addIssue(engine, project.id);
    const event = issueEvent(issue, hash.id, { pin: "first" });
    await digest(engine, (tx) => tx.addIssueEvents([event]));
    expect(await client.issues.getEvent(project.id, event.id)).toEqual(event);
    const patch = { state: "resolved" as const };
    const written = await client.issues.update(project.id, issue.id, issue.version, patch, {
      at: 1,
      by: "x",
      action: "y",
    });
    expect(await client.issues.get(project.id, issue.id)).toEqual(written);
  });

  test("answers while a unit of digest is under way, and shows nothing of it before it commits", async () => {
    const position = nextPosition();
    await engine.digest(position, async (tx) => {
      await tx.addRollups("minute", [rollup(1, [5])]);
      await tx.putChunks([chunk(1, position)]);
      expect(await client.telemetry.rollups("minute", 1, 0, NOON * 2)).toEqual([]);
      expect(await client.telemetry.chunks(1, "request", 0, NOON * 2, 9)).toEqual([]);
    });
    expect(await client.telemetry.rollups("minute", 1, 0, NOON * 2)).toHaveLength(1);
    expect(await client.telemetry.chunks(1, "request", 0, NOON * 2, 9)).toEqual([chunk(1, position)]);
  });

  test("many reads at once are all answered", async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => client.control.getProject(1)));
    expect(answers.every((project) => project?.id === 1)).toBe(true);
  });

  test("a backup is made beside the writer", async () => {
    const target = join(dataDir, "copies", "one");
    expect(await client.maintenance.backup(target)).toMatchObject({ path: target });
    const copy = await openSqliteEngine(target);
    expect(await copy.digestPosition()).toEqual(await engine.digestPosition());
    await copy.close();
  });

  test("a reader that cannot start fails its calls instead of leaving them waiting", async () => {
    const readers = startReaders(1, join(dataDir, "nowhere"));
    await expect(readers.read("control", "listProjects", [])).rejects.toMatchObject({ code: "store_closed" });
    await expect(readers.read("control", "listProjects", [])).rejects.toMatchObject({ code: "store_closed" });
    await readers.close();
  });

  test("a reader refuses to write", async () => {
    const reader = openSqliteReader(dataDir);
    await expect(reader.control.setSetting("a", 1)).rejects.toMatchObject({ code: "store_read_only" });
    await reader.close();
  });
});
