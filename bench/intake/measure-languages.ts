import { setTimeout as delay } from "node:timers/promises";
import { quantile, type BenchRow } from "../measure.ts";
import type { RawClient } from "../support/raw-client.ts";
import { readCpuUs } from "../support/read-process.ts";
import { AGENT_LOADS } from "./agent-loads.ts";
import { CERBERUS_LOADS } from "./cerberus-loads.ts";
import { CONNECTIONS, startServer } from "./measure-throughput.ts";
import { NATIVE_LOADS } from "./native-loads.ts";
import { OTLP_LOADS } from "./otlp-loads.ts";
import { paceAcks } from "./pace-acks.ts";
import { SENTRY_LOADS } from "./sentry-loads.ts";

/** What a client of a language sends, over and over. */
export interface LanguageLoad {
  name: string;
  /** Events that the server makes of one body. */
  events: number;
  /** A body of its own; `seed` counts up. */
  make(seed: number): Buffer;
  /** The body as it is sent once, where the language has ids. */
  stamp?(body: Buffer): Buffer;
  /** One connection of such a client. */
  open(url: string, token: string): Promise<RawClient>;
}

export interface LanguageTimes {
  sendMs: number;
  /** Of each of the paced rounds. */
  paceSeconds: number;
  rounds: number;
}

export const LANGUAGE_LOADS: readonly LanguageLoad[] = [
  ...NATIVE_LOADS,
  ...SENTRY_LOADS,
  ...OTLP_LOADS,
  ...CERBERUS_LOADS,
  ...AGENT_LOADS,
];

const VARIETY = 40;
const WARM_UP_SHARE = 0.5;
/** Of what was drained a second: a server that is behind would tell of its queue alone. */
const PACE_SHARE = 0.3;

export function openClients(load: LanguageLoad, url: string, token: string, count = CONNECTIONS): Promise<RawClient[]> {
  return Promise.all(Array.from({ length: count }, () => load.open(url, token)));
}

/** Gives one body after another, each as it is sent once. */
export function makeBodies({ make, stamp }: LanguageLoad): { next(): Buffer; meanBytes: number } {
  const bodies = Array.from({ length: VARIETY }, (_, seed) => make(seed));
  let next = 0;
  return {
    next() {
      const body = bodies[next++ % VARIETY]!;
      return stamp === undefined ? body : stamp(body);
    },
    meanBytes: bodies.reduce((sum, body) => sum + body.length, 0) / VARIETY,
  };
}

/** Sends as fast as the server takes it and waits for the drain; then at a calm pace, in turns with a server that does nothing. */
export async function measureLanguage(load: LanguageLoad, times: LanguageTimes, noopUrl: string): Promise<BenchRow[]> {
  const bodies = makeBodies(load);
  const { server, token, health } = await startServer();
  try {
    const pid = server.process.child.pid!;
    const clients = await openClients(load, server.url, token);
    let sent = 0;
    const drain = async (): Promise<void> => {
      while ((await health()).digest.events < sent) await delay(10);
    };
    const send = async (forMs: number): Promise<number> => {
      const before = sent;
      const until = performance.now() + forMs;
      await Promise.all(
        clients.map(async (client) => {
          while (performance.now() < until) {
            const status = await client.post(bodies.next());
            if (status === 200) sent += load.events;
            else if (status === 503 || status === 429) await delay(20);
            else throw new Error(`the server answered ${status}`);
          }
        }),
      );
      await drain();
      return sent - before;
    };
    await send(times.sendMs * WARM_UP_SHARE);
    const cpuBefore = readCpuUs(pid);
    const startedAt = performance.now();
    const events = await send(times.sendMs);
    const perSecond = events / ((performance.now() - startedAt) / 1000);
    const cpu = (readCpuUs(pid) - cpuBefore) / events;

    const pace = (perSecond * PACE_SHARE) / load.events;
    const idle = await openClients(load, noopUrl, token);
    const [own, base]: [number[], number[]] = [[], []];
    let refused = 0;
    for (let round = 0; round < times.rounds; round++) {
      base.push(...(await paceAcks(idle, bodies.next, pace, times.paceSeconds)).times);
      const acks = await paceAcks(clients, bodies.next, pace, times.paceSeconds);
      own.push(...acks.times);
      refused += acks.refused;
      sent += acks.times.length * load.events;
      await drain();
    }
    for (const client of [...clients, ...idle]) client.close();
    return [
      { name: `${load.name}: drained end to end`, value: perSecond, unit: "events/s" },
      { name: `${load.name}: server CPU`, value: cpu, unit: "µs/event" },
      { name: `${load.name}: on the wire`, value: bodies.meanBytes / load.events, unit: "bytes/event" },
      { name: `${load.name}: acknowledgement p99, paced`, value: quantile(own, 0.99), unit: "ms" },
      { name: `${load.name}: no-op server p99, paced alike`, value: quantile(base, 0.99), unit: "ms" },
      { name: `${load.name}: refused while paced`, value: refused, unit: "requests" },
    ];
  } finally {
    await server.remove();
  }
}
