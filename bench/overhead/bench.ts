import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import autocannon from "autocannon";
import { startServerStandIn } from "../../packages/gatewatch/src/ship/server-stand-in.ts";
import { median, type BenchOptions, type BenchRow } from "../measure.ts";
import type { SinkUrls, Variant } from "./variant.ts";
import { VARIANTS } from "./variants.ts";

export const question = "What does Gatewatch cost a request, beside the bare app, Sentry and the assembled stack?";

/** Compiling what runs often costs CPU time in the first seconds only. */
const WARM_UP_SECONDS = { quick: 1, full: 4 };

interface App extends Variant {
  child: ChildProcess;
  port: number;
}

interface Slice {
  requestsPerSecond: number;
  p99Ms: number;
  cpuUs: number;
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

async function startApp(variant: Variant, sinks: SinkUrls): Promise<App> {
  const child = fork(new URL("./app.ts", import.meta.url), [variant.name, sinks.native, sinks.any], {
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  const [message] = (await once(child, "message")) as [{ port: number }];
  return { ...variant, child, port: message.port };
}

async function readCpu(app: App): Promise<number> {
  app.child.send("cpu");
  const [message] = (await once(app.child, "message")) as [{ cpuUs: number }];
  return message.cpuUs;
}

async function measureSlice(app: App, seconds: number): Promise<Slice> {
  const before = await readCpu(app);
  const result = await autocannon({
    url: `http://127.0.0.1:${app.port}/api/products/42`,
    connections: 20,
    duration: seconds,
  });
  const cpuUs = ((await readCpu(app)) - before) / result.requests.total;
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${app.name}: ${result.non2xx} bad answers, ${result.errors} errors`);
  return { requestsPerSecond: result.requests.average, p99Ms: result.latency.p99, cpuUs };
}

export async function run({ quick, progress }: BenchOptions): Promise<BenchRow[]> {
  const rounds = quick ? 1 : 7;
  const seconds = quick ? 1 : 2;
  const sinks = await startSinks();
  const apps: App[] = [];
  for (const variant of VARIANTS) apps.push(await startApp(variant, sinks));
  const slices = new Map<string, Slice[]>(apps.map((app) => [app.name, []]));
  try {
    for (const app of apps) await measureSlice(app, quick ? WARM_UP_SECONDS.quick : WARM_UP_SECONDS.full);
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`);
      for (const app of apps) slices.get(app.name)!.push(await measureSlice(app, seconds));
    }
  } finally {
    for (const app of apps) app.child.disconnect();
    await sinks.close();
  }
  return apps.flatMap((app): BenchRow[] => {
    const own = slices.get(app.name)!;
    const bare = slices.get(app.base)!;
    const ratio = (pick: (slice: Slice) => number) =>
      median(own.map((slice, index) => pick(slice) / pick(bare[index]!)));
    const rows = [
      {
        name: `${app.name}: requests per second`,
        value: median(own.map((slice) => slice.requestsPerSecond)),
        unit: "1/s",
      },
      { name: `${app.name}: CPU per request`, value: median(own.map((slice) => slice.cpuUs)), unit: "µs" },
      { name: `${app.name}: p99`, value: median(own.map((slice) => slice.p99Ms)), unit: "ms" },
    ];
    if (own === bare) return rows;
    return [
      ...rows,
      { name: `${app.name}: throughput ÷ bare`, value: ratio((slice) => slice.requestsPerSecond), unit: "×" },
      { name: `${app.name}: CPU ÷ bare`, value: ratio((slice) => slice.cpuUs), unit: "×" },
      {
        name: `${app.name}: CPU added`,
        value: median(own.map((slice, index) => slice.cpuUs - bare[index]!.cpuUs)),
        unit: "µs",
      },
    ];
  });
}
