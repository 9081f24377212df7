import { setTimeout as delay } from "node:timers/promises";
import type { BenchRow } from "../measure.ts";
import { openRawClient, type RawClient } from "../support/raw-client.ts";
import { readCpuUs } from "../support/read-process.ts";
import { AGENT_LOADS } from "./agent-loads.ts";
import { CERBERUS_LOADS } from "./cerberus-loads.ts";
import { CONNECTIONS, startServer } from "./measure-throughput.ts";
import { OTLP_LOADS } from "./otlp-loads.ts";

/** What a client of another language sends, over and over. */
export interface LanguageLoad {
  name: string;
  path: string;
  contentType: string;
  /** Events that the server makes of one body. */
  events: number;
  /** A body of its own; `seed` counts up. */
  make(seed: number): Buffer;
  /** A connection of another kind. @default HTTP with a bearer token */
  open?(url: string, token: string): Promise<RawClient>;
}

export const LANGUAGE_LOADS: readonly LanguageLoad[] = [...OTLP_LOADS, ...CERBERUS_LOADS, ...AGENT_LOADS];

const VARIETY = 40;
const WARM_UP_SHARE = 0.5;

/** Sends as fast as the server takes it, then waits for the drain. */
export async function measureLanguage(load: LanguageLoad, sendMs: number): Promise<BenchRow[]> {
  const bodies = Array.from({ length: VARIETY }, (_, seed) => load.make(seed));
  const { server, token, health } = await startServer();
  try {
    const pid = server.process.child.pid!;
    const clients = await Promise.all(
      Array.from({ length: CONNECTIONS }, () =>
        load.open === undefined
          ? openRawClient(server.url, load.path, token, load.contentType)
          : load.open(server.url, token),
      ),
    );
    let sent = 0;
    const send = async (forMs: number): Promise<number> => {
      const before = sent;
      const until = performance.now() + forMs;
      let next = 0;
      await Promise.all(
        clients.map(async (client) => {
          while (performance.now() < until) {
            const status = await client.post(bodies[next++ % VARIETY]!);
            if (status === 200) sent += load.events;
            else if (status === 503 || status === 429) await delay(20);
            else throw new Error(`the server answered ${status}`);
          }
        }),
      );
      while ((await health()).digest.events < sent) await delay(10);
      return sent - before;
    };
    await send(sendMs * WARM_UP_SHARE);
    const cpuBefore = readCpuUs(pid);
    const startedAt = performance.now();
    const events = await send(sendMs);
    const seconds = (performance.now() - startedAt) / 1000;
    const bytes = bodies.reduce((sum, body) => sum + body.length, 0) / VARIETY / load.events;
    for (const client of clients) client.close();
    return [
      { name: `${load.name}: drained end to end`, value: events / seconds, unit: "events/s" },
      { name: `${load.name}: server CPU`, value: (readCpuUs(pid) - cpuBefore) / events, unit: "µs/event" },
      { name: `${load.name}: on the wire`, value: bytes, unit: "bytes/event" },
    ];
  } finally {
    await server.remove();
  }
}
