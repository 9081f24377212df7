import type { Clock } from "../../gate/clock.ts";
import type { Exchange, ResponseHead } from "../../gate/exchange.ts";
import type { Layer } from "../../gate/layer.ts";
import { createSlot } from "../../gate/slot.ts";
import type { TimingOptions } from "../../options/groups/timing.ts";
import type { Recorder } from "../../record/recorder.ts";
import type { LocalLog } from "../log/local-log.ts";
import type { SlowLimits } from "../../options/values/slow-limits.ts";
import { formatServerTiming } from "./server-timing.ts";
import { type ProcessWatch, tryWatchProcess } from "./watch-process.ts";

export interface TimingPorts {
  log: LocalLog;
  clock: Clock;
  recorder: Recorder;
  slow: SlowLimits;
}

/** What is kept from a request's beginning. */
interface Start {
  ms: number;
  residentBytes: number;
  cpuMicroseconds: number;
}

/** Recorders that have the process's metrics already. */
const watched = new WeakSet<Recorder>();
/** Warnings about slow requests per second; beyond it they are counted in the next one. */
const MAX_WARNINGS_PER_SECOND = 5;

/**
 * Times exchanges by the monotonic clock: headers for those who ask for them, a warning about slow requests, and now and then metrics of the
 * whole process.
 */
export function createTimingLayer(options: TimingOptions, { log, clock, recorder, slow }: TimingPorts): Layer {
  const { slowMs, slowRoutes, processMetricsMs, highMemoryBytes, memoryGrowthBytes } = options;
  const counts = { requests: 0, activeRequests: 0, slowRequests: 0 };
  const layer: Layer = { name: "timing", stats: () => ({ ...counts, ...flattenSample(watch) }) };
  const starts = createSlot<Start>("timing");
  let watch: ProcessWatch | undefined;
  const needsCounts = processMetricsMs > 0 || options.requestCountHeader;
  const needsStart = hasTimedHeader(options);

  if (needsCounts || needsStart) {
    layer.onRequest = (x) => {
      counts.requests++;
      counts.activeRequests++;
      starts.set(x, needsStart ? takeStart(options, clock) : OPEN);
      // A layer of one route measures the route; the process has been measured.
      if (watch === undefined && processMetricsMs > 0 && !watched.has(recorder)) {
        watched.add(recorder);
        watch = tryWatchProcess({
          intervalMs: processMetricsMs,
          highMemoryBytes,
          memoryGrowthBytes,
          activeRequests: () => counts.activeRequests,
          recorder,
          notice: (notice) => log.writeNotice(notice),
        });
      }
    };
    layer.close = () => {
      if (watch !== undefined) watched.delete(recorder);
      watch?.close();
      watch = undefined;
    };
  }
  if (needsStart || options.requestCountHeader) {
    layer.onHead = (x, head) => {
      if (options.requestCountHeader) head.set("X-Request-Count", String(counts.requests));
      const start = starts.get(x);
      if (needsStart && start !== undefined) setTimedHeaders(x, head, start, clock.monotonicMs() - start.ms, options);
    };
  }
  const warnsSlow = slowMs > 0 || slowRoutes !== null;
  if (warnsSlow || layer.onRequest !== undefined) {
    const warn = createSlowWarning(log, clock);
    layer.onFinish = (x, outcome) => {
      // An exchange that never came this far was not counted.
      if (starts.get(x) !== undefined) counts.activeRequests--;
      if (!warnsSlow) return;
      const limitMs = slow.find(x.method, outcome.route, x.path);
      if (outcome.durationMs < limitMs) return;
      counts.slowRequests++;
      warn(x, outcome, limitMs);
    };
  }
  return layer;
}

const OPEN: Start = { ms: 0, residentBytes: 0, cpuMicroseconds: 0 };

function hasTimedHeader(options: TimingOptions): boolean {
  return (
    options.processingTimeHeader || options.serverTimingHeader || options.memoryDeltaHeader || options.cpuDeltaHeader
  );
}

function takeStart({ memoryDeltaHeader, cpuDeltaHeader }: TimingOptions, clock: Clock): Start {
  return {
    ms: clock.monotonicMs(),
    residentBytes: memoryDeltaHeader ? process.memoryUsage.rss() : 0,
    cpuMicroseconds: cpuDeltaHeader ? cpuMicroseconds() : 0,
  };
}

function setTimedHeaders(
  x: Exchange,
  head: ResponseHead,
  start: Start,
  elapsedMs: number,
  options: TimingOptions,
): void {
  if (options.processingTimeHeader) head.set("X-Processing-Time", `${(elapsedMs / 1000).toFixed(3)}s`);
  if (options.serverTimingHeader) head.append("Server-Timing", formatServerTiming(x, elapsedMs));
  if (options.memoryDeltaHeader) {
    const delta = (process.memoryUsage.rss() - start.residentBytes) / 1_048_576;
    head.set("X-Memory-Delta", `${delta.toFixed(2)}MB`);
  }
  if (options.cpuDeltaHeader) {
    const share = elapsedMs > 0 ? (cpuMicroseconds() - start.cpuMicroseconds) / 10 / elapsedMs : 0;
    head.set("X-CPU-Delta", `${share.toFixed(1)}%`);
  }
}

function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function createSlowWarning(
  log: LocalLog,
  clock: Clock,
): (...told: [Exchange, Parameters<LocalLog["writeSlow"]>[1], number]) => void {
  let windowMs = Number.NEGATIVE_INFINITY;
  let said = 0;
  let suppressed = 0;
  return (x, outcome, limitMs) => {
    const nowMs = clock.monotonicMs();
    if (nowMs - windowMs >= 1000) {
      windowMs = nowMs;
      said = 0;
    }
    if (said >= MAX_WARNINGS_PER_SECOND) {
      suppressed++;
      return;
    }
    said++;
    log.writeSlow(x, outcome, limitMs, suppressed);
    suppressed = 0;
  };
}

function flattenSample(watch: ProcessWatch | undefined): Record<string, number> {
  const sample = watch?.latest();
  if (sample === undefined) return {};
  return {
    loopDelayP99Seconds: sample.loopDelay.p99,
    loopUtilization: sample.loopUtilization,
    cpuUtilization: sample.cpuUtilization,
    residentBytes: sample.residentBytes,
    heapUsedBytes: sample.heapUsedBytes,
  };
}
