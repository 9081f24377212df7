import type * as PerfHooks from "node:perf_hooks";
import type { Gauge, Instruments } from "../gate/instruments.ts";

/** How finely the event loop's delay is measured; each step wakes the process. */
const RESOLUTION_MS = 20;
const GC_BUCKETS: readonly number[] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
/** `perf_hooks.constants.NODE_PERFORMANCE_GC_*` in OpenTelemetry's words. */
const GC_TYPES = new Map([
  [1, "minor"],
  [2, "minor"],
  [4, "major"],
  [8, "incremental"],
  [16, "weakcb"],
]);

/** Measures the process by OpenTelemetry's names for Node, at the moment of reading. Returns what stops it. Nothing where there is no Node. */
export function startRuntimeMetrics(instruments: Instruments): () => void {
  const load = (globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule;
  const hooks = load?.("node:perf_hooks");
  const v8 = load?.("node:v8");
  if (hooks === undefined || v8 === undefined) return () => undefined;
  const stopLoop = measureLoop(instruments, hooks);
  const stopCollections = measureCollections(instruments, hooks);
  measureProcess(instruments);
  instruments.gauge("v8js.memory.heap.limit", {
    help: "Heap size that V8 may grow to.",
    unit: "By",
    collect: (gauge) => gauge.set(v8.getHeapStatistics().heap_size_limit),
  });
  instruments.gauge("v8js.memory.heap.used", {
    help: "Heap in use, by V8's spaces.",
    unit: "By",
    labels: ["v8js.heap.space.name"],
    collect(gauge) {
      for (const { space_name, space_used_size } of v8.getHeapSpaceStatistics()) {
        gauge.set(space_used_size, { "v8js.heap.space.name": space_name });
      }
    },
  });
  return () => {
    stopLoop();
    stopCollections();
  };
}

function measureLoop(instruments: Instruments, { monitorEventLoopDelay, performance }: typeof PerfHooks): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let before = performance.eventLoopUtilization();
  instruments.gauge("nodejs.eventloop.utilization", {
    help: "Share of time in which the event loop was busy since the last reading.",
    unit: "1",
    collect(gauge) {
      const now = performance.eventLoopUtilization();
      gauge.set(performance.eventLoopUtilization(now, before).utilization);
      before = now;
    },
  });
  const part = (name: string, help: string, read: () => number): void => {
    instruments.gauge(`nodejs.eventloop.delay.${name}`, { help, unit: "s", collect: (gauge) => gauge.set(read()) });
  };
  part("mean", "Mean delay of the event loop since the last reading.", () => toDelay(delay.mean));
  part("p50", "Median delay of the event loop.", () => toDelay(delay.percentile(50)));
  part("p90", "90th percentile of the event loop's delay.", () => toDelay(delay.percentile(90)));
  part("p99", "99th percentile of the event loop's delay.", () => toDelay(delay.percentile(99)));
  // The last one read: it begins anew.
  part("max", "Longest delay of the event loop since the last reading.", () => {
    const longest = toDelay(delay.max);
    delay.reset();
    return longest;
  });
  return () => void delay.disable();
}

function measureCollections(instruments: Instruments, { PerformanceObserver }: typeof PerfHooks): () => void {
  const duration = instruments.histogram("v8js.gc.duration", {
    help: "Duration of garbage collections.",
    unit: "s",
    labels: ["v8js.gc.type"],
    buckets: GC_BUCKETS,
  });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind = 0 } = (entry as { detail?: { kind?: number } }).detail ?? {};
      duration.observe(entry.duration / 1000, { "v8js.gc.type": GC_TYPES.get(kind) ?? "other" });
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  return () => observer.disconnect();
}

function measureProcess(instruments: Instruments): void {
  const gauge = (name: string, help: string, unit: string, collect: (gauge: Gauge) => void): void => {
    instruments.gauge(name, { help, unit, collect });
  };
  gauge("process.memory.usage", "Resident memory of the process.", "By", (own) => own.set(process.memoryUsage.rss()));
  gauge("process.uptime", "How long the process has been running.", "s", (own) => own.set(process.uptime()));
  const told = { user: 0, system: 0 };
  instruments.counter("process.cpu.time", {
    help: "CPU time of the process.",
    unit: "s",
    labels: ["cpu.mode"],
    collect(counter) {
      const { user, system } = process.cpuUsage();
      counter.add((user - told.user) / 1e6, { "cpu.mode": "user" });
      counter.add((system - told.system) / 1e6, { "cpu.mode": "system" });
      told.user = user;
      told.system = system;
    },
  });
  let before = { cpu: process.cpuUsage(), ms: performance.now() };
  gauge("process.cpu.utilization", "Cores in use since the last reading; 1 is one whole core.", "1", (own) => {
    const { user, system } = process.cpuUsage(before.cpu);
    const ms = performance.now();
    own.set((user + system) / 1000 / Math.max(1, ms - before.ms));
    before = { cpu: process.cpuUsage(), ms };
  });
}

/** The histogram counts the whole step in nanoseconds; without any value its mean is NaN and its maximum 0. */
function toDelay(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000) : 0;
}
