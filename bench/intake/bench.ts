import { setTimeout as delay } from "node:timers/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { HealthAnswer } from "@gatewatch/protocol";
import { startGatewatch, type RunningServer } from "../../e2e/support/start-gatewatch.ts";
import { quantile, type BenchOptions, type BenchRow } from "../measure.ts";
import { makeBatches, stampBatch, type BatchShape, type PreparedBatch } from "../support/make-batches.ts";
import { openRawClient, type RawClient } from "../support/raw-client.ts";
import { readCpuUs, readFolderBytes, readMachineCpuUs, readRssBytes } from "../support/read-process.ts";
import { measureStages } from "./measure-stages.ts";

export const question = "How many events a second become durable, rolled up and grouped, and what does one cost?";

export const notes = `Every event is redacted, durable by fdatasync before its acknowledgement, and counted as drained only once the same transaction
holds its chunk, its rollups (with sketches), its issue and the journal's position. Prototypes that had no grouping, no redaction and no rollups by route
reached 130,000 (objects) and 199,000 (columns) request events a second at 6.4 and 4.2 µs of server CPU on two cores shared with the load generator, as here.

The stages are measured one by one, in one process, without HTTP, as CPU time (of \`parse\` to \`commit\`, the stages of the digest, as time on the
clock), the best of some rounds. The bare path parses the JSON and makes it durable, nothing else. What the server uses per event beyond the whole path is
HTTP: its cost is by batch, here of 100 requests, 20 errors of 6 KB or 5 of 50 KB. Errors of one kind cost less than this mix of 50 kinds
with random numbers in their messages.`;

const CONNECTIONS = 32;
const PACED_PER_SECOND = 20_000;
const PACED_BATCH = 100;

const SHAPES: { shape: BatchShape; batch: number; variety: number }[] = [
  { shape: "requests, objects", batch: 100, variety: 300 },
  { shape: "requests, columns", batch: 100, variety: 300 },
  { shape: "errors, 6 KB", batch: 20, variety: 60 },
  { shape: "errors, 50 KB", batch: 5, variety: 40 },
];

async function startServer(): Promise<{ server: RunningServer; token: string; health(): Promise<HealthAnswer> }> {
  const server = await startGatewatch({ env: { GATEWATCH_INGEST_KIB_PER_SECOND: "100000000" } });
  const token = server.command<{ token: string }>("token", "create", "--scope", "ingest").token;
  const readToken = server.command<{ token: string }>("token", "create", "--scope", "read").token;
  return {
    server,
    token,
    health: async () =>
      (await (
        await fetch(new URL("/api/health", server.url), { headers: { authorization: `Bearer ${readToken}` } })
      ).json()) as HealthAnswer,
  };
}

/** Sends as fast as the server takes it, for a while; resolves with the number of acknowledged events. */
async function sendFor(seconds: number, clients: RawClient[], batches: PreparedBatch[]): Promise<number> {
  const sendUntil = performance.now() + seconds * 1000;
  let acknowledged = 0;
  let next = 0;
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() < sendUntil) {
        const batch = batches[next++ % batches.length]!;
        const status = await client.post(stampBatch(batch));
        if (status === 200) acknowledged += batch.events;
        else if (status === 503 || status === 429) await delay(20);
        else throw new Error(`the server answered ${status}`);
      }
    }),
  );
  return acknowledged;
}

/** Sends, then waits for the drain: what counts is sent → durable → rolled up and grouped. A first run warms the code up. */
async function measureThroughput(
  shape: BatchShape,
  batches: PreparedBatch[],
  seconds: number,
  warmUpSeconds: number,
): Promise<BenchRow[]> {
  const { server, token, health } = await startServer();
  try {
    const pid = server.process.child.pid!;
    const clients = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => openRawClient(server.url, "/v1/events", token)),
    );
    const drain = async (events: number): Promise<void> => {
      while ((await health()).digest.events < events) await delay(10);
    };
    const warmed = await sendFor(warmUpSeconds, clients, batches);
    await drain(warmed);
    const own = process.cpuUsage();
    const cpuBefore = readCpuUs(pid);
    const machineBefore = readMachineCpuUs();
    const startedAt = performance.now();
    const acknowledged = await sendFor(seconds, clients, batches);
    const acknowledgedMs = performance.now() - startedAt;
    await drain(warmed + acknowledged);
    const drainedMs = performance.now() - startedAt;
    const serverUs = readCpuUs(pid) - cpuBefore;
    const { user, system } = process.cpuUsage(own);
    const othersUs = Math.max(0, readMachineCpuUs() - machineBefore - serverUs - user - system);
    for (const client of clients) client.close();
    const rss = readRssBytes(pid);
    await server.stop();
    const bytes = readFolderBytes(server.dataDir, (path) => !path.includes("journal")) / (warmed + acknowledged);
    return [
      { name: `${shape}: drained end to end`, value: acknowledged / (drainedMs / 1000), unit: "events/s" },
      { name: `${shape}: acknowledged`, value: acknowledged / (acknowledgedMs / 1000), unit: "events/s" },
      { name: `${shape}: server CPU`, value: serverUs / acknowledged, unit: "µs/event" },
      { name: `${shape}: load generator's CPU`, value: (user + system) / acknowledged, unit: "µs/event" },
      { name: `${shape}: taken by other processes meanwhile`, value: othersUs / (drainedMs * 1000), unit: "cores" },
      { name: `${shape}: stored`, value: bytes, unit: "bytes/event" },
      { name: `${shape}: resident memory`, value: rss / 2 ** 20, unit: "MiB" },
    ];
  } finally {
    await server.remove();
  }
}

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
  for (const { shape, batch, variety } of SHAPES) {
    progress(`sending ${shape}`);
    const batches = makeBatches(shape, variety, batch, Date.now);
    rows.push(...(await measureThroughput(shape, batches, quick ? 3 : 20, quick ? 2 : 10)));
  }
  progress("pacing 20,000 events/s");
  rows.push(...(await measureAckLatency(quick ? 2 : 5, quick ? 2 : 4)));
  progress("measuring the stages");
  rows.push(...(await measureStages(quick)));
  return rows;
}
