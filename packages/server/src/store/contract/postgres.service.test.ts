import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { describe } from "vitest";
import type { StoreEngine } from "../../model/store.ts";
import { openStoreEngine } from "../open-store.ts";
import { restorePostgresBackup } from "../postgres/open-postgres-engine.ts";
import { storeContract } from "./store-contract.ts";

const server = process.env["GATEWATCH_TEST_POSTGRES_URL"] || undefined;

describe.skipIf(server === undefined)("with PostgreSQL", () => {
  storeContract("postgres", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gatewatch-store-"));
    const admin = new pg.Pool({ connectionString: server!, max: 1 });
    const urls = new Map<StoreEngine, string>();
    let count = 0;

    /** A schema of its own is as good as a database, and made sooner. */
    async function createSchema(): Promise<string> {
      const schema = `contract_${process.pid}_${++count}`;
      await admin.query(`create schema ${schema}`);
      const url = new URL(server!);
      url.searchParams.set("options", `-csearch_path=${schema}`);
      return url.href;
    }
    async function open(url: string): Promise<StoreEngine> {
      const store = await openStoreEngine({ engine: "postgres", url });
      urls.set(store, url);
      return store;
    }
    return {
      open: async () => open(await createSchema()),
      async reopen(store) {
        const url = urls.get(store)!;
        await store.close();
        return open(url);
      },
      backupTarget: () => join(folder, `backup-${++count}.gwa`),
      async openBackup(path) {
        const url = await createSchema();
        await restorePostgresBackup({ url }, path);
        return open(url);
      },
      async cleanUp() {
        await Promise.all([...urls.keys()].map((store) => store.close()));
        await admin.end();
        rmSync(folder, { recursive: true });
      },
    };
  });
});
