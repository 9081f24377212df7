import { join } from "node:path";
import { createAuthenticator } from "../auth/authenticate.ts";
import { openKeyFile } from "../auth/key-file.ts";
import { resolveServerConfig } from "../settings/server-settings.ts";
import { createControlApp } from "../control-socket.ts";
import { holdDataLock } from "../hold-data-lock.ts";
import { createLog } from "../log.ts";
import { makeApiOptions } from "../make-api-options.ts";
import { ApiError } from "../model/api-error.ts";
import { openWatch } from "../open-watch.ts";
import { prepareStore } from "../prepare-store.ts";
import { readOwnEnv } from "../settings/read-own-env.ts";
import { createMemoryShared } from "../shared/memory-shared.ts";
import { openStoreEngine } from "../store/open-store.ts";

/** The operator's API without a server: in this process, under the folder's lock. */
export interface LocalControl {
  call(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }>;
  close(): Promise<void>;
}

/** Opens the data folder for one command. Throws `DataFolderError` or `StoreError` when it cannot. */
export async function openLocalControl(dataDir: string): Promise<LocalControl> {
  const config = resolveServerConfig(readOwnEnv(process.cwd(), process.env), { dataDir });
  const release = holdDataLock(config.dataDir);
  try {
    const log = createLog("warn");
    const store = await openStoreEngine(
      config.databaseUrl === null
        ? { engine: "sqlite", dataDir: config.dataDir }
        : { engine: "postgres", url: config.databaseUrl, backupDir: join(config.dataDir, "backups") },
    );
    await prepareStore(store);
    const shared = createMemoryShared();
    const authenticator = createAuthenticator({ store, shared, clock: Date.now });
    const watch = openWatch({ config, log, store, behindSince: () => null });
    const app = await createControlApp(
      makeApiOptions({
        config,
        log,
        store,
        shared,
        authenticator,
        keyFile: openKeyFile(config.dataDir),
        requestAnalysis: async () => {
          throw new ApiError("unavailable", "No server runs; start it, then ask again.");
        },
        // No intake runs in this process.
        forgetKeys: () => undefined,
        watch,
        health: async () => {
          throw new ApiError("unavailable", "No server runs on this data folder.");
        },
        whyNotReady: () => "No server runs on this data folder.",
      }),
      null,
    );
    return {
      async call(method, path, body) {
        const answer = await app.inject({
          method: method as "GET",
          url: path,
          ...(body === undefined
            ? {}
            : { payload: JSON.stringify(body), headers: { "content-type": "application/json" } }),
        });
        return { status: answer.statusCode, text: answer.body };
      },
      async close() {
        await app.close();
        await watch.stop();
        await authenticator.close();
        await store.close();
        await shared.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}
