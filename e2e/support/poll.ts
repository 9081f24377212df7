import { setTimeout as delay } from "node:timers/promises";

const TRIES = 600;
const PAUSE_MS = 50;

/** Asks until `read` gives a value that `accept` takes; fails with the last value after 30 s of asking. For another process's progress, which tells nobody when it is done. */
export async function poll<T>(what: string, read: () => Promise<T> | T, accept: (value: T) => boolean): Promise<T> {
  let last: T | undefined;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    last = await read();
    if (accept(last)) return last;
    await delay(PAUSE_MS);
  }
  throw new Error(`${what} did not come; last seen: ${JSON.stringify(last)?.slice(0, 2000)}`);
}
