import type * as perfHooks from "node:perf_hooks";

/** The process as a whole, since the last sample. */
export interface ProcessSample {
  /** Seconds by which the event loop was late. */
  loopDelay: { mean: number; p50: number; p90: number; p99: number; max: number };
  /** Share of time in which the event loop was busy, 0 to 1. */
  loopUtilization: number;
  /** Cores in use: 1 is one whole core. */
  cpuUtilization: number;
  heapUsedBytes: number;
  heapLimitBytes: number;
  residentBytes: number;
  externalBytes: number;
}

/** How finely the event loop's delay is measured; each step wakes the process. */
const RESOLUTION_MS = 20;

/** Measures the process: nothing here belongs to one request. */
export class ProcessSampler {
  readonly #performance: typeof perfHooks.performance;
  readonly #delay: ReturnType<typeof perfHooks.monitorEventLoopDelay>;
  #utilization: ReturnType<typeof performance.eventLoopUtilization>;
  readonly #heapLimitBytes: number;
  #cpu = process.cpuUsage();
  #sampledMs = performance.now();

  constructor() {
    // Node alone has it; the layer is also bundled for other platforms.
    const hooks = process.getBuiltinModule("node:perf_hooks");
    this.#performance = hooks.performance;
    this.#heapLimitBytes = process.getBuiltinModule("node:v8").getHeapStatistics().heap_size_limit;
    this.#delay = hooks.monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delay.enable();
    this.#utilization = this.#performance.eventLoopUtilization();
  }

  sample(): ProcessSample {
    const now = performance.now();
    const utilization = this.#performance.eventLoopUtilization();
    const { user, system } = process.cpuUsage(this.#cpu);
    const memory = process.memoryUsage();
    const sample: ProcessSample = {
      loopDelay: {
        mean: toDelay(this.#delay.mean),
        p50: toDelay(this.#delay.percentile(50)),
        p90: toDelay(this.#delay.percentile(90)),
        p99: toDelay(this.#delay.percentile(99)),
        max: toDelay(this.#delay.max),
      },
      loopUtilization: round(this.#performance.eventLoopUtilization(utilization, this.#utilization).utilization),
      cpuUtilization: round((user + system) / 1000 / Math.max(1, now - this.#sampledMs)),
      heapUsedBytes: memory.heapUsed,
      heapLimitBytes: this.#heapLimitBytes,
      residentBytes: memory.rss,
      externalBytes: memory.external,
    };
    this.#delay.reset();
    this.#utilization = utilization;
    this.#cpu = process.cpuUsage();
    this.#sampledMs = now;
    return sample;
  }

  close(): void {
    this.#delay.disable();
  }
}

/** The histogram counts the whole step in nanoseconds; without any value its mean is NaN and its maximum 0. */
function toDelay(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? round(Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000)) : 0;
}

function round(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 1e6) / 1e6 : 0;
}
