import type { MessagePort } from "node:worker_threads";
import type { Store } from "../model/store.ts";
import {
  isStoreCall,
  isStoreReply,
  type StoreGroup,
  type StoreReply,
  toPlainError,
  toRealError,
} from "./store-messages.ts";
import { StoreError } from "./store-error.ts";

/** The side of a store that other threads may call. */
export type ServedStore = Pick<Store, StoreGroup>;

/** Answers calls that arrive on `port` with `store`; returns how to stop. Other messages on the port are left alone. */
export function serveStore(port: MessagePort, store: ServedStore): () => void {
  const onMessage = (message: unknown) => {
    if (!isStoreCall(message)) return;
    const { id } = message;
    call(store, message.group, message.method, message.args).then(
      (value) => port.postMessage({ type: "store.reply", id, ok: true, value } satisfies StoreReply),
      (error: unknown) =>
        port.postMessage({ type: "store.reply", id, ok: false, error: toPlainError(error) } satisfies StoreReply),
    );
  };
  port.on("message", onMessage);
  return () => port.off("message", onMessage);
}

/**
 * A store whose work is done at the other end of `port`. Its calls fail with `store_closed` once the port is closed;
 * closing it leaves the store at the other end open.
 */
export function createRemoteStore(port: MessagePort, engine: Store["engine"] = "sqlite"): Store {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  let closed = false;

  const onClose = () => {
    closed = true;
    for (const { reject } of waiting.values()) reject(closedError());
    waiting.clear();
  };
  port.on("message", (message: unknown) => {
    if (!isStoreReply(message)) return;
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.ok) call?.resolve(message.value);
    else call?.reject(toRealError(message.error));
  });
  port.on("close", onClose);

  const send = (group: StoreGroup, method: string, args: unknown[]): Promise<unknown> => {
    if (closed) return Promise.reject(closedError());
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      try {
        port.postMessage({ type: "store.call", id, group, method, args });
      } catch (error) {
        waiting.delete(id);
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  };

  return {
    engine,
    control: createGroup("control", send),
    issues: createGroup("issues", send),
    telemetry: createGroup("telemetry", send),
    anomalies: createGroup("anomalies", send),
    clients: createGroup("clients", send),
    outbox: createGroup("outbox", send),
    budget: createGroup("budget", send),
    maintenance: createGroup("maintenance", send),
    async close() {
      port.close();
      onClose();
    },
  };
}

/** Every method of a group is a call; the other end refuses those that do not exist. */
function createGroup<Group extends StoreGroup>(
  group: Group,
  send: (group: StoreGroup, method: string, args: unknown[]) => Promise<unknown>,
): Store[Group] {
  const methods = new Map<string, (...args: unknown[]) => Promise<unknown>>();
  const proxy = new Proxy(
    {},
    {
      get(_target, name) {
        // A promise resolved with this object asks for `then`, which is no method of a store.
        if (typeof name !== "string" || name === "then") return undefined;
        let method = methods.get(name);
        if (!method) methods.set(name, (method = (...args) => send(group, name, args)));
        return method;
      },
    },
  );
  return proxy as Store[Group];
}

async function call(store: ServedStore, group: StoreGroup, name: string, args: unknown[]): Promise<unknown> {
  const methods: object = store[group];
  const method: unknown = Object.hasOwn(methods, name) ? Reflect.get(methods, name) : undefined;
  if (typeof method !== "function") throw new StoreError("store_failed", `There is no method ${group}.${name}.`);
  return Reflect.apply(method, methods, args) as unknown;
}

function closedError(): StoreError {
  return new StoreError("store_closed", "The thread that holds the store has ended.");
}
