import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoreEngine } from "../../model/store.ts";
import { openStoreEngine } from "../open-store.ts";
import { storeContract } from "./store-contract.ts";

storeContract("sqlite", async () => {
  const root = mkdtempSync(join(tmpdir(), "gatewatch-store-"));
  const folders = new Map<StoreEngine, string>();
  let count = 0;
  const open = async (dataDir: string) => {
    const store = await openStoreEngine({ engine: "sqlite", dataDir });
    folders.set(store, dataDir);
    return store;
  };
  return {
    open: () => open(join(root, String(++count))),
    async reopen(store) {
      const folder = folders.get(store)!;
      await store.close();
      return open(folder);
    },
    backupTarget: () => join(root, `backup-${++count}`),
    openBackup: (path) => open(path),
    async cleanUp() {
      await Promise.all([...folders.keys()].map((store) => store.close()));
      rmSync(root, { recursive: true });
    },
  };
});
