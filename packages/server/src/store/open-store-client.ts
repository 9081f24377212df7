import type { MessagePort } from "node:worker_threads";
import type { Store } from "../model/store.ts";
import { createReadWriteStore, startReaders } from "./reader/start-readers.ts";
import { createRemoteStore } from "./store-rpc.ts";

export type StoreClientConfig =
  /** `writer` is the port on which the writing thread serves its engine; it has opened the folder before. */
  { engine: "sqlite"; dataDir: string; writer: MessagePort; readers?: number } | { engine: "postgres"; url: string };

const DEFAULT_READERS = 2;

/** The store for a thread that does not digest: reads are answered beside the writer and never wait for it. */
export async function openStoreClient(config: StoreClientConfig): Promise<Store> {
  switch (config.engine) {
    case "sqlite":
      return createReadWriteStore(
        startReaders(config.readers ?? DEFAULT_READERS, config.dataDir),
        createRemoteStore(config.writer),
      );
    case "postgres": {
      const { openPostgresClient } = await import("./postgres/open-postgres-engine.ts");
      return openPostgresClient(config.url);
    }
  }
}
