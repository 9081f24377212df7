import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import autocannon from "autocannon";
import { startServerStandIn } from "../../packages/gatewatch/src/ship/server-stand-in.ts";
import { median, type BenchOptions, type BenchRow } from "../measure.ts";
import { comparePaced } from "./compare-paced.ts";
import { type App, readCpu, startApp } from "./start-app.ts";
import type { SinkUrls } from "./variant.ts";
import { VARIANTS } from "./variants.ts";

export const question = "What does Gatewatch cost a request, beside the bare app, Sentry and the assembled stack?";

export const notes = `The first figures are of twenty clients that ask again at once: a variant that takes longer is offered less, and its p99 is that of a
queue. Each slice of a variant follows one of its bare app; "added" and "÷" are medians over these pairs. The figures "at … requests/s" are of requests that
come at a fixed pace, the same for all, and wait for nobody; each latency counts from when its request was due.`;

/** Compiling what runs often costs CPU time at the beginning only. Counted in requests: seconds mean little on a machine that others use too. */
const WARM_UP_REQUESTS = { quick: 20_000, full: 100_000 };
/** Of each slice. */
const SLICE_SECONDS = 1;

interface Slice {
  requestsPerSecond: number;
  p99Ms: number;
  cpuUs: number;
}

/** A slice, and that of the bare app right before it. */
interface Pair {
  own: Slice;
  bare: Slice;
}

/** Where events go: a small server of the native wire for Gatewatch, one that takes any post for Sentry. */
async function startSinks(): Promise<SinkUrls & { close(): Promise<void> }> {
  const native = await startServerStandIn();
  const acknowledge = native.onFrame;
  native.onFrame = (batch, socket) => {
    acknowledge(batch, socket);
    native.batches.length = 0;
  };
  const any = createServer((request, response) => {
    request.resume().on("end", () => response.setHeader("content-type", "application/json").end("{}"));
  });
  await new Promise<void>((done) => any.listen(0, "127.0.0.1", done));
  return {
    native: native.url,
    any: `http://127.0.0.1:${(any.address() as AddressInfo).port}`,
    async close() {
      any.close();
      await native.stop();
    },
  };
}

async function measureSlice(app: App, length: { duration: number } | { amount: number }): Promise<Slice> {
  const before = await readCpu(app);
  const result = await autocannon({ url: `http://127.0.0.1:${app.port}/api/products/42`, connections: 20, ...length });
  const cpuUs = ((await readCpu(app)) - before) / result.requests.total;
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${app.name}: ${result.non2xx} bad answers, ${result.errors} errors`);
  return { requestsPerSecond: result.requests.average, p99Ms: result.latency.p99, cpuUs };
}

export async function run({ quick, progress }: BenchOptions): Promise<BenchRow[]> {
  const rounds = quick ? 1 : 7;
  const sinks = await startSinks();
  const apps = new Map<string, App>();
  for (const variant of VARIANTS) apps.set(variant.name, await startApp(variant, sinks));
  const pairs = new Map<string, Pair[]>([...apps.keys()].map((name) => [name, []]));
  try {
    progress("warming up");
    const amount = quick ? WARM_UP_REQUESTS.quick : WARM_UP_REQUESTS.full;
    for (const app of apps.values()) await measureSlice(app, { amount });
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`);
      for (const app of apps.values()) {
        const base = apps.get(app.base)!;
        // Side by side: on a machine that others use too, minutes apart would be two machines.
        const bare = await measureSlice(base, { duration: SLICE_SECONDS });
        pairs
          .get(app.name)!
          .push({ own: app === base ? bare : await measureSlice(app, { duration: SLICE_SECONDS }), bare });
      }
    }
    const saturated = [...apps.values()].flatMap((app) => describe(app, pairs.get(app.name)!));
    return [...saturated, ...(await comparePaced(apps, { quick, progress }))];
  } finally {
    for (const app of apps.values()) app.child.disconnect();
    await sinks.close();
  }
}

function describe({ name, base }: App, pairs: Pair[]): BenchRow[] {
  const medianOf = (pick: (pair: Pair) => number): number => median(pairs.map(pick));
  const rows = [
    { name: `${name}: requests per second`, value: medianOf(({ own }) => own.requestsPerSecond), unit: "1/s" },
    { name: `${name}: CPU per request`, value: medianOf(({ own }) => own.cpuUs), unit: "µs" },
    { name: `${name}: p99`, value: medianOf(({ own }) => own.p99Ms), unit: "ms" },
  ];
  if (name === base) return rows;
  return [
    ...rows,
    {
      name: `${name}: throughput ÷ bare`,
      value: medianOf(({ own, bare }) => own.requestsPerSecond / bare.requestsPerSecond),
      unit: "×",
    },
    { name: `${name}: CPU ÷ bare`, value: medianOf(({ own, bare }) => own.cpuUs / bare.cpuUs), unit: "×" },
    { name: `${name}: CPU added`, value: medianOf(({ own, bare }) => own.cpuUs - bare.cpuUs), unit: "µs" },
  ];
}
