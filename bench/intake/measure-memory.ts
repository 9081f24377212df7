import { median, type BenchRow } from "../measure.ts";
import { readRssBytes } from "../support/read-process.ts";
import { LANGUAGE_LOADS, makeBodies, openClients } from "./measure-languages.ts";
import { startServer } from "./measure-throughput.ts";
import { paceAcks } from "./pace-acks.ts";

/** Of each language, in requests. */
const PER_SECOND = 10;
const SAMPLE_SECONDS = 5;
const CONNECTIONS = 8;

/** All languages at once at a calm pace; resident memory of the server over the time, every five seconds. */
export async function measureMemory(minutes: number, progress: (text: string) => void): Promise<BenchRow[]> {
  const { server, token, health } = await startServer();
  try {
    const pid = server.process.child.pid!;
    const senders = await Promise.all(
      LANGUAGE_LOADS.map(async (load) => ({
        load,
        bodies: makeBodies(load),
        clients: await openClients(load, server.url, token, CONNECTIONS),
      })),
    );
    const samples: number[] = [];
    let refused = 0;
    const rounds = Math.max(4, Math.round((minutes * 60) / SAMPLE_SECONDS));
    for (let round = 0; round < rounds; round++) {
      const acks = await Promise.all(
        senders.map(({ bodies, clients }) => paceAcks(clients, bodies.next, PER_SECOND, SAMPLE_SECONDS)),
      );
      refused += acks.reduce((sum, sender) => sum + sender.refused, 0);
      samples.push(readRssBytes(pid) / 2 ** 20);
      const done = ((round + 1) * SAMPLE_SECONDS) / 60;
      progress(`${done.toFixed(1)} of ${minutes} minutes: ${Math.round(samples.at(-1)!)} MiB`);
    }
    const { digest } = await health();
    for (const { clients } of senders) for (const client of clients) client.close();
    const quarter = (index: number): number =>
      median(samples.slice(Math.floor((index * rounds) / 4), Math.floor(((index + 1) * rounds) / 4)));
    return [
      { name: "all languages at once: time", value: minutes, unit: "minutes" },
      { name: "all languages at once: digested", value: digest.events, unit: "events" },
      { name: "all languages at once: refused", value: refused, unit: "requests" },
      ...[1, 2, 3, 4].map((number) => ({
        name: `all languages at once: resident memory, quarter ${number}`,
        value: quarter(number - 1),
        unit: "MiB",
      })),
      { name: "all languages at once: resident memory, greatest", value: Math.max(...samples), unit: "MiB" },
    ];
  } finally {
    await server.remove();
  }
}
