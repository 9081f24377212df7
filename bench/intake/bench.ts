import { setTimeout as delay } from "node:timers/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { quantile, type BenchOptions, type BenchRow } from "../measure.ts";
import { makeBatches, stampBatch, type PreparedBatch } from "../support/make-batches.ts";
import { openRawClient } from "../support/raw-client.ts";
import { LANGUAGE_LOADS, measureLanguage } from "./measure-languages.ts";
import { measureStages } from "./measure-stages.ts";
import { CONNECTIONS, measureThroughput, startServer, type Load } from "./measure-throughput.ts";

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

Other languages are sent in their clients' own form; an event is drained once the store's transaction holds it, as above.`;

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

/** Acknowledgement times at a fixed rate, an open loop: a late answer does not delay the next batch. */
async function measureAcks(url: string, token: string, batches: PreparedBatch[], seconds: number): Promise<number[]> {
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => openRawClient(url, "/v1/events", token)));
  const free = [...clients];
  const times: number[] = [];
  const open: Promise<void>[] = [];
  const startedAt = performance.now();
  const count = (PACED_PER_SECOND / PACED_BATCH) * seconds;
  for (let index = 0; index < count; index++) {
    const due = startedAt + (index * 1000 * PACED_BATCH) / PACED_PER_SECOND;
    const early = due - performance.now();
    if (early > 0) await delay(early);
    while (free.length === 0) await delay(1);
    const client = free.pop()!;
    // A timer may fire a little early.
    const from = Math.min(due, performance.now());
    open.push(
      client.post(stampBatch(batches[index % batches.length]!)).then(() => {
        times.push(performance.now() - from);
        free.push(client);
      }),
    );
  }
  await Promise.all(open);
  for (const client of clients) client.close();
  return times;
}

async function measureAckLatency(seconds: number, rounds: number): Promise<BenchRow[]> {
  const batches = makeBatches("requests, columns", 100, PACED_BATCH, Date.now);
  const noop = createServer((req, res) => {
    req.resume();
    req.on("end", () => res.end("{}"));
  });
  await new Promise<void>((done) => noop.listen(0, "127.0.0.1", done));
  const noopUrl = `http://127.0.0.1:${(noop.address() as AddressInfo).port}`;
  const { server, token } = await startServer();
  const own: number[] = [];
  const base: number[] = [];
  try {
    await measureAcks(server.url, token, batches, 3);
    for (let round = 0; round < rounds; round++) {
      base.push(...(await measureAcks(noopUrl, token, batches, seconds)));
      own.push(...(await measureAcks(server.url, token, batches, seconds)));
    }
  } finally {
    noop.close();
    await server.remove();
  }
  return [
    { name: "20,000 events/s paced: acknowledgement p50", value: quantile(own, 0.5), unit: "ms" },
    { name: "20,000 events/s paced: acknowledgement p99", value: quantile(own, 0.99), unit: "ms" },
    { name: "no-op server in the same run: p50", value: quantile(base, 0.5), unit: "ms" },
    { name: "no-op server in the same run: p99", value: quantile(base, 0.99), unit: "ms" },
  ];
}

export async function run({ quick, progress }: BenchOptions): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const load of LOADS) {
    progress(`sending ${load.shape}`);
    rows.push(...(await measureThroughput(load, quick ? QUICK_TIMES : TIMES)));
  }
  for (const load of LANGUAGE_LOADS) {
    progress(`sending ${load.name}`);
    rows.push(...(await measureLanguage(load, quick ? QUICK_TIMES.sendMs : TIMES.sendMs)));
  }
  progress("pacing 20,000 events/s");
  rows.push(...(await measureAckLatency(quick ? 2 : 5, quick ? 2 : 4)));
  progress("measuring the stages");
  rows.push(...(await measureStages(quick)));
  return rows;
}
