import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { HealthAnswer, IssueList, TokenCreated } from "@gatewatch/protocol";
import { startGatewatch } from "../../e2e/support/start-gatewatch.ts";
import { quantile, type BenchOptions, type BenchRow } from "../measure.ts";
import { makeBatches, stampBatch } from "../support/make-batches.ts";
import { openRawClient } from "../support/raw-client.ts";
import { readCpuUs, readFolderBytes, readRssBytes } from "../support/read-process.ts";
import { placeInTime, stampBatchAt } from "./spread-batch.ts";

export const question = "How fast do the screens' questions answer over many events while more arrive?";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BATCH = 1000;
const CONNECTIONS = 8;
const PACED_PER_SECOND = 10_000;
/** Answered without the store: what the machine and the server's main thread cost by themselves. */
const NO_QUESTION = "No question";
const ERRORS = 2_000;

type Ask = <Answer>(path: string) => Promise<Answer>;

export async function run({ quick, progress }: BenchOptions): Promise<BenchRow[]> {
  const total = quick ? 500_000 : 10_000_000;
  const server = await startGatewatch({ env: { GATEWATCH_INGEST_KIB_PER_SECOND: "100000000" } });
  const pid = server.process.child.pid!;
  try {
    const token = server.command<{ token: string }>("token", "create", "--scope", "ingest").token;
    const readToken = server.command<TokenCreated>("token", "create", "--scope", "read").token;
    const ask: Ask = async <Answer>(path: string) => {
      const response = await fetch(new URL(path, server.url), { headers: { authorization: `Bearer ${readToken}` } });
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as Answer;
    };

    const startedAt = performance.now();
    await fill(server.url, token, total, (done) =>
      progress(`filling: ${done.toLocaleString("en")} of ${total.toLocaleString("en")} events`),
    );
    await drain(ask, total + ERRORS, progress);
    const filledMs = performance.now() - startedAt;

    const screens = await chooseScreens(ask);
    const pacer = startPacer(server.url, token);
    const latencies = await askInTurns(ask, screens, quick ? 60 : 200, progress);
    const arrived = await pacer.stop();
    await drain(ask, 0, progress);
    const cpu = await measureCpu(ask, screens, pid, progress);
    return [
      { name: "events stored", value: total, unit: "events" },
      { name: "filled and digested", value: (total + ERRORS) / (filledMs / 1000), unit: "events/s" },
      { name: "on disk", value: readFolderBytes(server.dataDir) / 2 ** 20, unit: "MiB" },
      { name: "resident memory", value: readRssBytes(pid) / 2 ** 20, unit: "MiB" },
      { name: "arriving meanwhile", value: arrived, unit: "events/s" },
      ...latencies,
      ...cpu,
    ];
  } finally {
    await server.remove();
  }
}

async function chooseScreens(ask: Ask): Promise<Map<string, string[]>> {
  const issue = (await ask<IssueList>("/api/issues")).issues[0]!;
  const now = Date.now();
  const span = (lengthMs: number) => `from=${now - lengthMs}&to=${now}`;
  return new Map([
    [NO_QUESTION, ["/healthz"]],
    ["Overview", [`/api/overview?${span(DAY_MS)}`]],
    ["Overview, last hour", [`/api/overview?${span(HOUR_MS)}`]],
    ["Overview, 7 days", [`/api/overview?${span(7 * DAY_MS)}`]],
    ["Issues", ["/api/issues?limit=50"]],
    ["Issue", [`/api/issues/${issue.id}`, `/api/issues/${issue.id}/events`]],
    ["Routes", [`/api/routes?${span(DAY_MS)}`]],
    ["Series", [`/api/series?${span(DAY_MS)}`]],
    ["Series, 14 days", [`/api/series?${span(14 * DAY_MS)}`]],
    ["Series of a route", [`/api/series?${span(DAY_MS)}&route=${encodeURIComponent("GET /api/v1/resource1/:id")}`]],
  ]);
}

/** Every screen in turn, round after round, so that what else the machine does falls on all alike. */
async function askInTurns(
  ask: Ask,
  screens: Map<string, string[]>,
  rounds: number,
  progress: BenchOptions["progress"],
): Promise<BenchRow[]> {
  const times = new Map<string, number[]>(Array.from(screens.keys(), (name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    if (round % 20 === 0) progress(`asking: round ${round} of ${rounds}`);
    for (const [name, paths] of screens) {
      const startedAt = performance.now();
      await Promise.all(paths.map((path) => ask(path)));
      times.get(name)!.push(performance.now() - startedAt);
    }
  }
  return Array.from(times, ([name, measured]) => [
    { name: `${name}: p50`, value: quantile(measured, 0.5), unit: "ms" },
    { name: `${name}: p95`, value: quantile(measured, 0.95), unit: "ms" },
  ]).flat();
}

/** CPU of the server's threads for one asking of a screen, with nothing arriving: what no other process can blur. */
async function measureCpu(
  ask: Ask,
  screens: Map<string, string[]>,
  pid: number,
  progress: BenchOptions["progress"],
): Promise<BenchRow[]> {
  const asks = 50;
  const rows: BenchRow[] = [];
  for (const [name, paths] of screens) {
    progress(`measuring CPU: ${name}`);
    const before = readCpuUs(pid);
    for (let index = 0; index < asks; index++) await Promise.all(paths.map((path) => ask(path)));
    rows.push({ name: `${name}: server CPU`, value: (readCpuUs(pid) - before) / asks / 1000, unit: "ms" });
  }
  return rows;
}

async function fill(url: string, token: string, total: number, report: (done: number) => void): Promise<void> {
  const now = Date.now();
  // One batch covers half a minute, as real ones do: its times lie close together.
  const batches = makeBatches("requests, columns", 240, BATCH, () => now + Math.floor(Math.random() * 30_000));
  let sent = 0;
  let next = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const client = await openRawClient(url, "/v1/events", token);
      while (sent < total) {
        const bytes = stampBatchAt(batches[next++ % batches.length]!, placeInTime(sent / total, now));
        sent += BATCH;
        await deliver(client.post, bytes);
        if (next % 200 === 0) report(sent);
      }
      client.close();
    }),
  );
  const client = await openRawClient(url, "/v1/events", token);
  for (const batch of makeBatches("errors, 6 KB", ERRORS / 10, 10, () => now - Math.floor(Math.random() * DAY_MS)))
    await deliver(client.post, stampBatch(batch));
  client.close();
}

async function deliver(post: (body: Uint8Array) => Promise<number>, bytes: Buffer): Promise<void> {
  for (;;) {
    const status = await post(bytes);
    if (status === 200) return;
    if (status !== 503 && status !== 429) throw new Error(`the server answered ${status}`);
    await delay(200);
  }
}

/** Until everything that came is digested, and at least `events`. */
async function drain(ask: Ask, events: number, progress: BenchOptions["progress"]): Promise<void> {
  for (;;) {
    const { journal, digest } = await ask<HealthAnswer>("/api/health");
    if (journal.lagBytes === 0 && digest.events >= events) return;
    progress(`digesting: ${(journal.lagBytes / 1e6).toFixed(1)} MB left`);
    await delay(250);
  }
}

function startPacer(url: string, token: string): { stop(): Promise<number> } {
  const worker = new Worker(new URL("./pacer.ts", import.meta.url), {
    workerData: { url, token, perSecond: PACED_PER_SECOND },
  });
  const done = new Promise<number>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  done.catch(() => {});
  return {
    stop() {
      worker.postMessage("stop", []);
      return done;
    },
  };
}
