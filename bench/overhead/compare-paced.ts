import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { median, type BenchOptions, type BenchRow } from "../measure.ts";
import { readCpuUs, readMachineCpuUs } from "../support/read-process.ts";
import type { PaceOrder, PaceReport } from "./paced-client.ts";
import { type App, readCpu } from "./start-app.ts";

/** A tenth to a fifth of what the slowest of them can take: no queue but of their own making. */
const REQUESTS_PER_SECOND = 2000;
const TURN_SECONDS = 1;
const COMPARED = [
  "express + whole gate",
  "express + whole gate, events delivered",
  "fastify + whole gate",
  "http + whole gate",
];

interface Turn extends PaceReport {
  cpuUs: number;
}

/** Bare and gated apps in turns, under the same requests at the same times. */
export async function comparePaced(
  apps: ReadonlyMap<string, App>,
  { quick, progress }: Pick<BenchOptions, "quick" | "progress">,
): Promise<BenchRow[]> {
  const rounds = quick ? 5 : 25;
  const client = fork(new URL("./paced-client.ts", import.meta.url), [], {
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const failed = once(client, "exit").then(() => {
    throw new Error("the paced client has failed");
  });
  failed.catch(() => undefined);
  const takeTurn = async (app: App): Promise<Turn> => {
    const before = await readCpu(app);
    client.send({ port: app.port, requestsPerSecond: REQUESTS_PER_SECOND, seconds: TURN_SECONDS } satisfies PaceOrder);
    const [report] = (await Promise.race([once(client, "message"), failed])) as [PaceReport];
    return { ...report, cpuUs: ((await readCpu(app)) - before) / report.requests };
  };
  const rows: BenchRow[] = [];
  const pids = [process.pid, client.pid!, ...[...apps.values()].map(({ child }) => child.pid!)];
  const readOthersUs = (): number => readMachineCpuUs() - pids.reduce((sum, pid) => sum + readCpuUs(pid), 0);
  const startMs = performance.now();
  const othersBeforeUs = readOthersUs();
  try {
    for (const name of COMPARED) {
      const app = apps.get(name)!;
      const base = apps.get(app.base)!;
      const turns: { own: Turn; bare: Turn }[] = [];
      for (let round = 0; round < rounds; round++) {
        progress(`${name} at ${REQUESTS_PER_SECOND} requests/s, round ${round + 1} of ${rounds}`);
        const bare = await takeTurn(base);
        turns.push({ bare, own: await takeTurn(app) });
      }
      rows.push(...describe(name, base.name, turns));
    }
    const machineUs = (performance.now() - startMs) * 1000 * availableParallelism();
    rows.push({
      name: "CPU of the machine that others used meanwhile (the p99 figures stand where it is next to nothing)",
      value: (100 * Math.max(0, readOthersUs() - othersBeforeUs)) / machineUs,
      unit: "%",
    });
  } finally {
    client.disconnect();
  }
  return rows;
}

function describe(name: string, base: string, turns: readonly { own: Turn; bare: Turn }[]): BenchRow[] {
  const at = `at ${REQUESTS_PER_SECOND.toLocaleString("en")} requests/s`;
  const medianOf = (pick: (turn: { own: Turn; bare: Turn }) => number): number => median(turns.map(pick));
  return [
    { name: `${base} ${at}, beside ${name}: p50`, value: medianOf(({ bare }) => bare.p50Ms), unit: "ms" },
    { name: `${base} ${at}, beside ${name}: p99`, value: medianOf(({ bare }) => bare.p99Ms), unit: "ms" },
    { name: `${name} ${at}: p50 added`, value: medianOf(({ own, bare }) => own.p50Ms - bare.p50Ms), unit: "ms" },
    { name: `${name} ${at}: p99 added`, value: medianOf(({ own, bare }) => own.p99Ms - bare.p99Ms), unit: "ms" },
    { name: `${name} ${at}: CPU added`, value: medianOf(({ own, bare }) => own.cpuUs - bare.cpuUs), unit: "µs" },
  ];
}
