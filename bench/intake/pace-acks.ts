import { setTimeout as delay } from "node:timers/promises";
import type { RawClient } from "../support/raw-client.ts";

/**
 * Acknowledgement times in milliseconds at a fixed rate of requests a second, an open loop: a late answer does not delay the next request.
 * Refused requests are counted, not timed.
 */
export async function paceAcks(
  clients: readonly RawClient[],
  makeBody: () => Uint8Array,
  perSecond: number,
  seconds: number,
): Promise<{ times: number[]; refused: number }> {
  const free = [...clients];
  const times: number[] = [];
  const open: Promise<void>[] = [];
  let refused = 0;
  const startedAt = performance.now();
  for (let index = 0; index < perSecond * seconds; index++) {
    const due = startedAt + (index * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await delay(early);
    while (free.length === 0) await delay(1);
    const client = free.pop()!;
    const body = makeBody();
    // A timer may fire a little early.
    const from = Math.min(due, performance.now());
    open.push(
      client.post(body).then((status) => {
        if (status === 200) times.push(performance.now() - from);
        else refused++;
        free.push(client);
      }),
    );
  }
  await Promise.all(open);
  return { times, refused };
}
