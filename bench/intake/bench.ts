import { quantile, type BenchOptions, type BenchRow } from "../measure.ts";
import { makeBatches, stampBatch } from "../support/make-batches.ts";
import { openRawClient } from "../support/raw-client.ts";
import { LANGUAGE_LOADS, measureLanguage, type LanguageTimes } from "./measure-languages.ts";
import { measureMemory } from "./measure-memory.ts";
import { measureStages } from "./measure-stages.ts";
import { CONNECTIONS, measureThroughput, startServer, type Load } from "./measure-throughput.ts";
import { paceAcks } from "./pace-acks.ts";
import { startNoop } from "./start-noop.ts";

export const question = "How many events a second become durable, rolled up and grouped, and what does one cost?";

export const notes = `Every event is redacted, durable by fdatasync before its acknowledgement, and counted as drained only once the same transaction
holds its chunk, its rollups (with sketches), its issue and the journal's position. Prototypes that had no grouping, no redaction and no rollups by route
reached 130,000 (objects) and 199,000 (columns) request events a second at 6.4 and 4.2 µs of server CPU on two cores shared with the load generator, as here.

Absolute times of a shared machine are comparable only within an hour, if at all. So the server takes turns with a process that does nothing but
\`JSON.parse\` the same batches (bytes to text to objects), and what the server costs is told as a multiple of it too. On the prototypes' machine that
took 1.44 µs (objects) and 0.30 µs (columns), so that their 6.4 and 4.2 µs were 4.4 and 14 times as much. The range of the turns tells how calm the run was.

The stages are measured one by one, in one process, without HTTP, as CPU time (of \`parse\` to \`commit\`, the stages of the digest, as time on the
clock), the best of some rounds. The bare path parses the JSON and makes it durable, nothing else. What the server uses per event beyond the whole path is
HTTP: its cost is by batch, here of 100 requests, 20 errors of 6 KB or 5 of 50 KB. Errors of one kind cost less than this mix of 50 kinds
with random numbers in their messages.

The languages are sent in their clients' own form over 32 connections: an error a request where that is how clients send (Sentry, agents, Cerberus), else
20 of 5 KB and 5 of 50 KB, or 100 spans. An event is drained once the store's transaction holds it, as above. Acknowledgements are timed at 30 % of that rate,
in turns with a process that reads the same requests and answers at once. \`npm run bench -- intake --minutes 10\` sends all of them together for ten minutes
and tells of the server's memory alone.

What peers publish of errors of 50 KB: Bugsink 30 a second on 2 vCPU and 4 GB (bugsink.com/scalable-and-reliable), Telebugs about 50 a second on as much;
neither says how it was measured.`;

const PACED_PER_SECOND = 20_000;
const PACED_BATCH = 100;

const LOADS: Load[] = [
  { shape: "requests, objects", batch: 100, variety: 300 },
  { shape: "requests, columns", batch: 100, variety: 300 },
  { shape: "errors, 6 KB", batch: 20, variety: 60 },
  { shape: "errors, 50 KB", batch: 5, variety: 40 },
];
const TIMES = { turns: 5, sendMs: 4_000, parseMs: 600, warmUpMs: 10_000 };
const QUICK_TIMES = { turns: 3, sendMs: 1_000, parseMs: 300, warmUpMs: 2_000 };
const LANGUAGE_TIMES: LanguageTimes = { sendMs: 4_000, paceSeconds: 3, rounds: 3 };
const QUICK_LANGUAGE_TIMES: LanguageTimes = { sendMs: 2_000, paceSeconds: 1, rounds: 3 };

async function measureAckLatency(seconds: number, rounds: number, noopUrl: string): Promise<BenchRow[]> {
  const batches = makeBatches("requests, columns", 100, PACED_BATCH, Date.now);
  const { server, token } = await startServer();
  const own: number[] = [];
  const base: number[] = [];
  let next = 0;
  const measure = async (url: string, forSeconds: number): Promise<number[]> => {
    const clients = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => openRawClient(url, "/v1/events", token)),
    );
    const makeBody = () => stampBatch(batches[next++ % batches.length]!);
    const { times } = await paceAcks(clients, makeBody, PACED_PER_SECOND / PACED_BATCH, forSeconds);
    for (const client of clients) client.close();
    return times;
  };
  try {
    await measure(server.url, 3);
    for (let round = 0; round < rounds; round++) {
      base.push(...(await measure(noopUrl, seconds)));
      own.push(...(await measure(server.url, seconds)));
    }
  } finally {
    await server.remove();
  }
  return [
    { name: "20,000 events/s paced: acknowledgement p50", value: quantile(own, 0.5), unit: "ms" },
    { name: "20,000 events/s paced: acknowledgement p99", value: quantile(own, 0.99), unit: "ms" },
    { name: "no-op server in the same run: p50", value: quantile(base, 0.5), unit: "ms" },
    { name: "no-op server in the same run: p99", value: quantile(base, 0.99), unit: "ms" },
  ];
}

export async function run({ quick, minutes, progress }: BenchOptions): Promise<BenchRow[]> {
  if (minutes !== undefined) return measureMemory(minutes, progress);
  const rows: BenchRow[] = [];
  for (const load of LOADS) {
    progress(`sending ${load.shape}`);
    rows.push(...(await measureThroughput(load, quick ? QUICK_TIMES : TIMES)));
  }
  const noop = await startNoop();
  try {
    for (const load of LANGUAGE_LOADS) {
      progress(`sending ${load.name}`);
      rows.push(...(await measureLanguage(load, quick ? QUICK_LANGUAGE_TIMES : LANGUAGE_TIMES, noop.url)));
    }
    progress("pacing 20,000 events/s");
    rows.push(...(await measureAckLatency(quick ? 2 : 5, quick ? 2 : 4, noop.url)));
  } finally {
    noop.stop();
  }
  progress("measuring the stages");
  rows.push(...(await measureStages(quick)));
  return rows;
}
