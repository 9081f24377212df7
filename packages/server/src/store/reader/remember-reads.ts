import type { ControlStore } from "../../model/store.ts";
import { READ_METHODS } from "./read-methods.ts";

/** What nearly every request asks before its own question: small rows that change only through this store. */
const REMEMBERED = new Set<string>([
  "listProjects",
  "getProject",
  "findProject",
  "findSession",
  "getUser",
] satisfies (keyof ControlStore)[]);
const MAX_REMEMBERED = 1_000;

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * Answers the questions of every request from memory until something is written: a wait for another thread less each.
 * Only for an engine whose data no other process changes.
 */
export function rememberReads(control: ControlStore): ControlStore {
  const known = new Map<string, unknown>();
  const reads = new Set<string>(READ_METHODS.control);
  let writes = 0;
  const forget = () => {
    writes += 1;
    known.clear();
  };

  async function ask(name: string, method: Method, args: unknown[]): Promise<unknown> {
    const key = `${name} ${JSON.stringify(args)}`;
    if (!known.has(key)) {
      const before = writes;
      const answer = await method(...args);
      // What was read beside a write may be older than it; what is not there is not worth the room.
      if (before !== writes || answer === null) return answer;
      if (known.size >= MAX_REMEMBERED) known.clear();
      known.set(key, answer);
    }
    return structuredClone(known.get(key));
  }

  async function write(method: Method, args: unknown[]): Promise<unknown> {
    forget();
    try {
      return await method(...args);
    } finally {
      forget();
    }
  }

  return new Proxy(control, {
    get(target, name, receiver) {
      const method = Reflect.get(target, name, receiver) as Method;
      if (typeof name !== "string" || typeof method !== "function") return method;
      if (REMEMBERED.has(name)) return (...args: unknown[]) => ask(name, method, args);
      return reads.has(name) ? method : (...args: unknown[]) => write(method, args);
    },
  });
}
