import { MessageChannel, Worker } from "node:worker_threads";
import type { Store } from "../../model/store.ts";
import { StoreError } from "../store-error.ts";
import { STORE_GROUPS, type StoreGroup } from "../store-messages.ts";
import { createRemoteStore } from "../store-rpc.ts";
import { READ_METHODS } from "./read-methods.ts";
import { rememberReads } from "./remember-reads.ts";

export interface Readers {
  /** Runs one read on the reader with the least to do. */
  read<Group extends StoreGroup>(group: Group, method: string, args: unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

interface Reader {
  worker: Worker;
  store: Store;
  busy: number;
  ended: Promise<void>;
}

/** Starts `count` threads that read a data folder. One that dies fails its own calls and is replaced at the next. */
export function startReaders(count: number, dataDir: string): Readers {
  const readers = new Set<Reader>();
  let closed = false;
  for (let index = 0; index < count; index++) start();

  return {
    async read(group, method, args) {
      if (closed) throw new StoreError("store_closed", "The readers of the store are closed.");
      const reader = leastBusy() ?? start();
      reader.busy++;
      try {
        return await invoke(reader.store, group, method, args);
      } finally {
        reader.busy--;
      }
    },
    async close() {
      closed = true;
      await Promise.all(
        [...readers].map(async (reader) => {
          await reader.store.close();
          await reader.ended;
        }),
      );
    },
  };

  function leastBusy(): Reader | undefined {
    while (readers.size < count) start();
    let best: Reader | undefined;
    for (const reader of readers) if (!best || reader.busy < best.busy) best = reader;
    return best;
  }

  function start(): Reader {
    const { port1, port2 } = new MessageChannel();
    const file = import.meta.url.endsWith(".ts") ? "./reader-worker.ts" : "./reader-worker.js";
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: { dataDir, port: port2 },
      transferList: [port2],
      name: "gatewatch-reader",
    });
    const reader: Reader = {
      worker,
      store: createRemoteStore(port1),
      busy: 0,
      ended: new Promise((resolve) => worker.once("exit", () => resolve())),
    };
    worker.once("exit", () => {
      readers.delete(reader);
      port1.close();
    });
    // The port's closing tells the callers; without a listener the error would end the process.
    worker.on("error", () => readers.delete(reader));
    readers.add(reader);
    return reader;
  }
}

/** A store whose reads go to the readers and whose writes go to `writer`. */
export function createReadWriteStore(readers: Readers, writer: Store): Store {
  const groups = Object.fromEntries(STORE_GROUPS.map((group) => [group, createGroup(group, readers, writer)]));
  // Every group is there with every method: reads from the table, the rest from the writer.
  const store = groups as unknown as Pick<Store, StoreGroup>;
  return {
    ...store,
    control: rememberReads(store.control),
    engine: writer.engine,
    async close() {
      await readers.close();
      await writer.close();
    },
  };
}

function createGroup(group: StoreGroup, readers: Readers, writer: Store): object {
  const reads = new Set<string>(READ_METHODS[group]);
  return new Proxy(writer[group], {
    get(target, name, receiver) {
      if (typeof name === "string" && reads.has(name)) return (...args: unknown[]) => readers.read(group, name, args);
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
}

function invoke(store: Store, group: StoreGroup, method: string, args: unknown[]): Promise<unknown> {
  // A remote group answers every name with a function that gives a promise.
  const call = Reflect.get(store[group], method) as (...values: unknown[]) => Promise<unknown>;
  return call(...args);
}
