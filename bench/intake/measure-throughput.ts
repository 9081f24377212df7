import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { HealthAnswer } from "@gatewatch/protocol";
import { startGatewatch, type RunningServer } from "../../e2e/support/start-gatewatch.ts";
import { median, type BenchRow } from "../measure.ts";
import { makeBatches, stampBatch, type BatchShape, type PreparedBatch } from "../support/make-batches.ts";
import { openRawClient, type RawClient } from "../support/raw-client.ts";
import { readCpuUs, readFolderBytes, readMachineCpuUs, readRssBytes } from "../support/read-process.ts";

export const CONNECTIONS = 32;

export interface Load {
  shape: BatchShape;
  /** Events of one batch. */
  batch: number;
  /** Different batches. */
  variety: number;
}

export interface Times {
  turns: number;
  /** Of one turn each. */
  sendMs: number;
  parseMs: number;
  warmUpMs: number;
}

export async function startServer(): Promise<{
  server: RunningServer;
  token: string;
  health(): Promise<HealthAnswer>;
}> {
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
async function sendFor(ms: number, clients: RawClient[], batches: PreparedBatch[]): Promise<number> {
  const sendUntil = performance.now() + ms;
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

/**
 * Sends, then waits for the drain: what counts is sent → durable → rolled up and grouped. A first run warms the code up.
 * The server takes turns with a process that parses the same batches, so that its cost can be told as a multiple of that too.
 */
export async function measureThroughput(load: Load, times: Times): Promise<BenchRow[]> {
  const { shape, batch, variety } = load;
  const batches = makeBatches(shape, variety, batch, Date.now);
  const parser = fork(new URL("./parse-alone.ts", import.meta.url), [shape, String(variety), String(batch)]);
  const { server, token, health } = await startServer();
  try {
    const pid = server.process.child.pid!;
    const clients = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => openRawClient(server.url, "/v1/events", token)),
    );
    const parseAlone = async (): Promise<number> => {
      parser.send(times.parseMs);
      return ((await once(parser, "message")) as [number])[0];
    };
    let sent = 0;
    const drain = async (): Promise<void> => {
      while ((await health()).digest.events < sent) await delay(10);
    };
    const takeTurn = async (): Promise<Turn> => {
      const own = process.cpuUsage();
      const cpuBefore = readCpuUs(pid);
      const machineBefore = readMachineCpuUs();
      const startedAt = performance.now();
      const events = await sendFor(times.sendMs, clients, batches);
      const acknowledgedMs = performance.now() - startedAt;
      sent += events;
      await drain();
      const drainedMs = performance.now() - startedAt;
      const serverUs = readCpuUs(pid) - cpuBefore;
      const { user, system } = process.cpuUsage(own);
      const othersUs = Math.max(0, readMachineCpuUs() - machineBefore - serverUs - user - system);
      return { events, acknowledgedMs, drainedMs, serverUs, clientUs: user + system, othersUs, parseUs: 0 };
    };
    sent += await sendFor(times.warmUpMs, clients, batches);
    await drain();
    await parseAlone();
    const turns: Turn[] = [];
    for (let turn = 0; turn < times.turns; turn++) {
      const before = await parseAlone();
      const taken = await takeTurn();
      turns.push({ ...taken, parseUs: (before + (await parseAlone())) / 2 });
    }
    for (const client of clients) client.close();
    const rss = readRssBytes(pid);
    await server.stop();
    const bytes = readFolderBytes(server.dataDir, (path) => !path.includes("journal")) / sent;
    return [
      ...describeTurns(shape, turns),
      { name: `${shape}: stored`, value: bytes, unit: "bytes/event" },
      { name: `${shape}: resident memory`, value: rss / 2 ** 20, unit: "MiB" },
    ];
  } finally {
    parser.disconnect();
    await server.remove();
  }
}

interface Turn {
  events: number;
  acknowledgedMs: number;
  /** From the first send to the end of the drain. */
  drainedMs: number;
  serverUs: number;
  clientUs: number;
  othersUs: number;
  /** Per event, beside this turn. */
  parseUs: number;
}

function describeTurns(shape: BatchShape, turns: Turn[]): BenchRow[] {
  const sum = (field: keyof Turn): number => turns.reduce((total, turn) => total + turn[field], 0);
  const events = sum("events");
  const costs = turns.map((turn) => turn.serverUs / turn.events);
  const parses = turns.map((turn) => turn.parseUs);
  const ratios = turns.map((turn, index) => costs[index]! / turn.parseUs);
  const unit = "µs/event";
  return [
    { name: `${shape}: drained end to end`, value: events / (sum("drainedMs") / 1000), unit: "events/s" },
    { name: `${shape}: acknowledged`, value: events / (sum("acknowledgedMs") / 1000), unit: "events/s" },
    { name: `${shape}: server CPU`, value: sum("serverUs") / events, unit },
    { name: `${shape}: server CPU, least turn`, value: Math.min(...costs), unit },
    { name: `${shape}: server CPU, greatest turn`, value: Math.max(...costs), unit },
    { name: `${shape}: JSON.parse alone, in turns`, value: median(parses), unit },
    { name: `${shape}: JSON.parse alone, least turn`, value: Math.min(...parses), unit },
    { name: `${shape}: JSON.parse alone, greatest turn`, value: Math.max(...parses), unit },
    { name: `${shape}: server CPU ÷ JSON.parse`, value: median(ratios), unit: "times" },
    { name: `${shape}: load generator's CPU`, value: sum("clientUs") / events, unit },
    {
      name: `${shape}: taken by other processes meanwhile`,
      value: sum("othersUs") / (sum("drainedMs") * 1000),
      unit: "cores",
    },
  ];
}
