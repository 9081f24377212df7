import type { Notice } from "../../gate/notices.ts";
import type { Recorder } from "../../record/recorder.ts";
import { type ProcessSample, ProcessSampler } from "./process-sampler.ts";

export interface ProcessWatchSettings {
  intervalMs: number;
  /** 0: never. */
  highMemoryBytes: number;
  /** 0: never. */
  memoryGrowthBytes: number;
  /** Requests that are open now. */
  activeRequests(): number;
  recorder: Pick<Recorder, "recordFact">;
  notice(notice: Notice): void;
  /** Measures; tests bring their own. */
  sampler?: { sample(): ProcessSample; close(): void };
}

export interface ProcessWatch {
  /** The newest sample; undefined before the first interval has passed. */
  latest(): ProcessSample | undefined;
  close(): void;
}

/** A warning is raised anew once memory has fallen by a tenth. */
const REARM_SHARE = 0.9;

/** Undefined where the platform cannot say how its process is. */
export function tryWatchProcess(settings: ProcessWatchSettings): ProcessWatch | undefined {
  try {
    return watchProcessState(settings);
  } catch {
    return undefined;
  }
}

/** Turns the process's state into metrics from time to time, and warns about memory. The timer keeps no process alive. */
export function watchProcessState(settings: ProcessWatchSettings): ProcessWatch {
  const { intervalMs, highMemoryBytes, memoryGrowthBytes, recorder, notice } = settings;
  const sampler = settings.sampler ?? new ProcessSampler();
  let latest: ProcessSample | undefined;
  let isHigh = false;

  function tick(): void {
    const sample = sampler.sample();
    for (const [name, value, unit] of listMetrics(sample, settings.activeRequests())) {
      recorder.recordFact({ type: "metric", name, kind: "gauge", value, unit }, undefined);
    }
    warn(sample, latest);
    latest = sample;
  }

  function warn({ residentBytes }: ProcessSample, before: ProcessSample | undefined): void {
    if (highMemoryBytes > 0) {
      if (!isHigh && residentBytes >= highMemoryBytes) {
        isHigh = true;
        say("memory_high", `the process holds ${megabytes(residentBytes)} (limit ${megabytes(highMemoryBytes)})`);
      } else if (residentBytes < highMemoryBytes * REARM_SHARE) isHigh = false;
    }
    const grown = before === undefined ? 0 : residentBytes - before.residentBytes;
    if (memoryGrowthBytes > 0 && grown >= memoryGrowthBytes) {
      say(
        "memory_grown",
        `the process's memory has grown by ${megabytes(grown)} in ${Math.round(intervalMs / 1000)} s (limit ${megabytes(memoryGrowthBytes)})`,
      );
    }
  }

  function say(code: string, message: string): void {
    notice({ level: "warn", code, message });
  }

  const timer = setInterval(tick, intervalMs);
  timer.unref();
  return {
    latest: () => latest,
    close() {
      clearInterval(timer);
      sampler.close();
    },
  };
}

/** Names and units of the OpenTelemetry semantic conventions where they have one. */
function listMetrics(sample: ProcessSample, activeRequests: number): [name: string, value: number, unit: string][] {
  return [
    ["nodejs.eventloop.delay.mean", sample.loopDelay.mean, "s"],
    ["nodejs.eventloop.delay.p50", sample.loopDelay.p50, "s"],
    ["nodejs.eventloop.delay.p90", sample.loopDelay.p90, "s"],
    ["nodejs.eventloop.delay.p99", sample.loopDelay.p99, "s"],
    ["nodejs.eventloop.delay.max", sample.loopDelay.max, "s"],
    ["nodejs.eventloop.utilization", sample.loopUtilization, "1"],
    ["process.cpu.utilization", sample.cpuUtilization, "1"],
    ["process.memory.usage", sample.residentBytes, "By"],
    ["v8js.memory.heap.used", sample.heapUsedBytes, "By"],
    ["v8js.memory.heap.limit", sample.heapLimitBytes, "By"],
    ["http.server.active_requests", activeRequests, "{request}"],
  ];
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MiB`;
}
