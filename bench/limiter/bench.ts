import { fork } from "node:child_process";
import { once } from "node:events";
import { Redis } from "ioredis";
import { median, quantile, type BenchOptions, type BenchRow } from "../measure.ts";
import { makeKeys } from "./make-keys.ts";
import { MEMORY_VARIANTS } from "./memory-variants.ts";
import { REDIS_VARIANTS } from "./redis-variants.ts";

export const question = "What does a decision of the rate limiter cost, in memory and on Redis, beside its peers?";
export const notes =
  "CPU time, not wall time; the lower quantile is what a machine with nothing else to do gives. Memory: 100,000 IPv6 keys, each limiter in a process of its own, in turns. Redis: one connection, 50 callers at once, 10,000 keys. Peers count in fixed windows.";

const CALLERS = 50;
const REDIS_KEYS = 10_000;

function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

async function measureMemory(rounds: number, progress: BenchOptions["progress"]): Promise<BenchRow[]> {
  const script = new URL("./measure-memory.ts", import.meta.url);
  const open = MEMORY_VARIANTS.map(({ name }) => ({
    name,
    child: fork(script, [name], { execArgv: [] }),
    ns: [] as number[],
  }));
  for (let round = 0; round < rounds; round++) {
    progress(`memory, round ${round + 1} of ${rounds}`);
    for (const { child, ns } of open) {
      child.send("slice");
      const [slice] = (await once(child, "message")) as [number];
      // The first rounds compile.
      if (round > 2) ns.push(slice);
    }
  }
  for (const { child } of open) child.disconnect();
  return open.flatMap(({ name, ns }) => [
    { name: `memory, ${name}: CPU per decision, lowest fifth`, value: quantile(ns, 0.2), unit: "ns" },
    { name: `memory, ${name}: CPU per decision, median`, value: median(ns), unit: "ns" },
  ]);
}

async function measureBytes(name: string): Promise<BenchRow> {
  const child = fork(new URL("./measure-bytes.ts", import.meta.url), [name], { execArgv: ["--expose-gc"] });
  const [bytes] = (await once(child, "message")) as [number];
  return { name: `memory, ${name}: bytes per key`, value: bytes, unit: "B" };
}

async function measureRedis(rounds: number, calls: number, progress: BenchOptions["progress"]): Promise<BenchRow[]> {
  const services = new URL("../../tools/services/start-redis.mjs", import.meta.url).href;
  const { startRedis } = (await import(services)) as { startRedis(): Promise<{ url: string; stop(): Promise<void> }> };
  const redis = await startRedis();
  const admin = new Redis(redis.url);
  const keys = makeKeys(0, REDIS_KEYS);
  const serverCpuUs = async (): Promise<number> => {
    const info = await admin.info("cpu");
    const read = (field: string): number => Number(new RegExp(`${field}:([\\d.]+)`).exec(info)![1]) * 1_000_000;
    return read("used_cpu_user") + read("used_cpu_sys");
  };
  try {
    const open = [];
    for (const variant of REDIS_VARIANTS) {
      const figures = { perSecond: [] as number[], clientUs: [] as number[], serverUs: [] as number[] };
      open.push({ name: variant.name, limiter: await variant.open(redis.url), ...figures });
    }
    for (let round = 0; round < rounds; round++) {
      progress(`Redis, round ${round + 1} of ${rounds}`);
      for (const { limiter, perSecond, clientUs, serverUs } of open) {
        const serverBefore = await serverCpuUs();
        const clientBefore = cpuNs();
        const begin = performance.now();
        let next = 0;
        const call = async (): Promise<void> => {
          while (next < calls) await limiter.decide(keys[(next++ * 31) % REDIS_KEYS]!);
        };
        await Promise.all(Array.from({ length: CALLERS }, call));
        const seconds = (performance.now() - begin) / 1000;
        const clientNs = cpuNs() - clientBefore;
        if (round === 0) continue;
        perSecond.push(calls / seconds);
        clientUs.push(clientNs / 1000 / calls);
        serverUs.push(((await serverCpuUs()) - serverBefore) / calls);
      }
    }
    for (const { limiter } of open) limiter.close();
    return open.flatMap(({ name, perSecond, clientUs, serverUs }) => [
      { name: `Redis, ${name}: decisions per second, best`, value: Math.max(...perSecond), unit: "1/s" },
      { name: `Redis, ${name}: decisions per second, median`, value: median(perSecond), unit: "1/s" },
      {
        name: `Redis, ${name}: CPU of the client per decision, lowest fifth`,
        value: quantile(clientUs, 0.2),
        unit: "µs",
      },
      { name: `Redis, ${name}: CPU of Redis per decision, lowest fifth`, value: quantile(serverUs, 0.2), unit: "µs" },
    ]);
  } finally {
    admin.disconnect();
    await redis.stop();
  }
}

export async function run({ quick, progress }: BenchOptions): Promise<BenchRow[]> {
  const bytes: BenchRow[] = [];
  for (const variant of MEMORY_VARIANTS) {
    progress(`bytes of ${variant.name}`);
    bytes.push(await measureBytes(variant.name));
  }
  return [
    ...(await measureMemory(quick ? 8 : 30, progress)),
    ...bytes,
    ...(await measureRedis(quick ? 4 : 12, quick ? 10_000 : 40_000, progress)),
  ];
}
