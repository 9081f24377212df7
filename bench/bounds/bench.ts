import type { IncomingMessage, ServerResponse } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createGatewatch } from "../../packages/gatewatch/src/create-gatewatch.ts";
import { Strangers } from "../../packages/gatewatch/src/adapters/contract/strangers.ts";
import { openVisitedApp, VISITED_OPTIONS } from "../../packages/gatewatch/src/adapters/contract/visited-app.ts";
import type { BenchOptions, BenchRow } from "../measure.ts";

export const question = "What do a million strangers leave behind, each with its own address, path and headers?";

export const notes = `Every visit has an address, a path and a header name that nobody has had before, half of them hostile texts; the app makes routes, labels, names of
metrics and errors of them. Limiter, cache, cross-origin rules, timing and error boundary are on, each with its usual bounds (the cache with 4 MiB). Growth counts
from 2,000 visits on, when the code is warm: the filling of all tables is part of it. It is measured after garbage collections. Before that a bare app has served 250,000 of these
strangers in the same process, since V8 gives its young generation a size by the rate of allocations alone: a bare app's resident memory grows by more than 100 MiB.`;

const WARM_VISITS = 2_000;
const BARE_VISITS = 250_000;
/** Timers and sockets of a server have their turns too. */
const VISITS_PER_TURN = 16;
const MEBIBYTE = 2 ** 20;

interface Memory {
  heap: number;
  outside: number;
  resident: number;
}

export async function run({ quick, progress }: BenchOptions): Promise<BenchRow[]> {
  const visits = quick ? 50_000 : 1_000_000;
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const measure = async (): Promise<Memory> => {
    for (let round = 0; round < 5; round++) {
      collectGarbage();
      await new Promise(setImmediate);
    }
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heap: heapUsed / MEBIBYTE, outside: external / MEBIBYTE, resident: rss / MEBIBYTE };
  };
  const say = (): void => undefined;
  const core = createGatewatch(
    { ...VISITED_OPTIONS, logger: { info: say, warn: say, error: say } },
    { env: {}, dotenv: undefined },
  );
  const app = openVisitedApp(core);
  const strangers = new Strangers(7);
  let visited = 0;
  const visit = async (until: number, listener = app): Promise<void> => {
    for (; visited < until; visited++) {
      await strangers.visit(listener);
      if (visited % VISITS_PER_TURN === 0) await new Promise(setImmediate);
      if (visited % 50_000 === 49_999) progress(`${visited + 1} strangers`);
    }
  };
  await visit(quick ? visits : BARE_VISITS, serveBare);
  visited = 0;
  await visit(WARM_VISITS);
  const before = await measure();
  const startedAt = process.cpuUsage();
  await visit(visits);
  const { user, system } = process.cpuUsage(startedAt);
  const after = await measure();
  const times: number[] = [];
  const handler = core.metricsHandler({ open: true });
  let size = 0;
  for (let round = 0; round < 7; round++) {
    const from = process.cpuUsage();
    size = (await handler(new Request("http://shop.test/metrics")).arrayBuffer()).byteLength;
    const { user, system } = process.cpuUsage(from);
    times.push((user + system) / 1000);
  }
  const { body } = core.metrics.expose();
  const rows = new Map<string, number>();
  for (const line of body.split("\n")) {
    if (line === "" || line.startsWith("#") || /_(?:bucket|sum)[ {]/.test(line)) continue;
    const [name = ""] = /^[\w:]+/.exec(line) ?? [];
    rows.set(name, (rows.get(name) ?? 0) + 1);
  }
  const failures = Object.values(core.stats().hooks.failures).reduce((sum, count) => sum + count, 0);
  await core.close(0);
  return [
    { name: "strangers", value: visits, unit: "" },
    { name: "rows of the metric with most rows", value: Math.max(...rows.values()), unit: "" },
    { name: "metrics", value: rows.size, unit: "" },
    { name: "growth of the heap", value: after.heap - before.heap, unit: "MiB" },
    { name: "growth outside of the heap", value: after.outside - before.outside, unit: "MiB" },
    { name: "growth of resident memory", value: after.resident - before.resident, unit: "MiB" },
    { name: "answer with all metrics (CPU)", value: times.toSorted((a, b) => a - b)[3]!, unit: "ms" },
    { name: "its size", value: size / MEBIBYTE, unit: "MiB" },
    { name: "hooks that failed", value: failures, unit: "" },
    { name: "CPU per stranger, who is made here too", value: (user + system) / (visits - WARM_VISITS), unit: "µs" },
  ];
}

function serveBare({ url, headers }: IncomingMessage, response: ServerResponse): void {
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ url, headers }));
}
