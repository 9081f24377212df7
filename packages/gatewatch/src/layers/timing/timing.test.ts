import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createBodyStandIn } from "../../gate/body-stand-in.ts";
import type { Fact } from "../../gate/fact.ts";
import { addTiming } from "../../gate/app-timings.ts";
import { DEFAULTS } from "../../options/defaults.ts";
import type { TimingOptions } from "../../options/groups/timing.ts";
import { createExchangeStandIn, createOutcomeStandIn } from "../../record/exchange-stand-in.ts";
import type { Recorder } from "../../record/recorder.ts";
import { createHeadStandIn } from "../head-stand-in.ts";
import type { LocalLog } from "../log/local-log.ts";
import { createSlowLimits } from "../../options/values/slow-limits.ts";
import { createTimingLayer } from "./create-timing-layer.ts";
import { type ProcessSample, ProcessSampler } from "./process-sampler.ts";
import { formatServerTiming } from "./server-timing.ts";
import { watchProcessState } from "./watch-process.ts";

const SAMPLE: ProcessSample = {
  loopDelay: { mean: 0.001, p50: 0.001, p90: 0.002, p99: 0.01, max: 0.05 },
  loopUtilization: 0.25,
  cpuUtilization: 0.5,
  heapUsedBytes: 50e6,
  heapLimitBytes: 4e9,
  residentBytes: 100 * 1_048_576,
  externalBytes: 1e6,
};

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

function open(changes: Partial<TimingOptions>) {
  const time = { ms: 0 };
  const facts: Fact[] = [];
  const slow: number[] = [];
  const recorder = { recordFact: (fact: Fact) => void facts.push(fact) } as unknown as Recorder;
  const options = { ...DEFAULTS.timing, ...changes };
  const ports = {
    log: {
      writeSlow: (_x: unknown, _o: unknown, limit: number) => void slow.push(limit),
      writeNotice: () => undefined,
    } as unknown as LocalLog,
    clock: { now: () => time.ms, monotonicMs: () => time.ms },
    recorder,
    slow: createSlowLimits(options.slowMs, options.slowRoutes),
  };
  return { layer: createTimingLayer(options, ports), facts, slow, time, ports, options };
}

describe("headers", () => {
  const headersOf = (changes: Partial<TimingOptions>, elapsedMs = 123.4): Record<string, string> => {
    const { layer, time } = open(changes);
    const x = createExchangeStandIn();
    void layer.onRequest?.(x);
    time.ms = elapsedMs;
    const head = createHeadStandIn();
    layer.onHead?.(x, head, createBodyStandIn());
    return head.all();
  };

  it.each([
    [{}, {}],
    [{ processingTimeHeader: true }, { "x-processing-time": "0.123s" }],
    [{ serverTimingHeader: true }, { "server-timing": "app;dur=123.4" }],
    [{ requestCountHeader: true }, { "x-request-count": "1" }],
  ])("with %j", (changes, headers) => {
    expect(headersOf(changes)).toEqual(headers);
  });

  it.each([
    [0, "0.000s"],
    [0.4, "0.000s"],
    [0.5, "0.001s"],
    [999.9, "1.000s"],
    [61_000, "61.000s"],
  ])("%d ms are %s", (elapsedMs, value) => {
    expect(headersOf({ processingTimeHeader: true }, elapsedMs)["x-processing-time"]).toBe(value);
  });

  it("tell of the process what they are asked for, in the form that is expected", () => {
    const headers = headersOf({ memoryDeltaHeader: true, cpuDeltaHeader: true });
    expect(headers["x-memory-delta"]).toMatch(/^-?\d+\.\d\dMB$/);
    expect(headers["x-cpu-delta"]).toMatch(/^\d+\.\d%$/);
  });

  it("survive a clock that has not moved", () => {
    expect(headersOf({ cpuDeltaHeader: true }, 0)["x-cpu-delta"]).toBe("0.0%");
  });
});

describe("Server-Timing", () => {
  it.each([
    [["db", 53.27], "db;dur=53.3"],
    [["db", 53], "db;dur=53"],
    [["hit"], "hit"],
    [["db", 1, "reads"], 'db;dur=1;desc="reads"'],
    [["hit", undefined, "edge cache"], 'hit;desc="edge cache"'],
    [["db", 1, 'a "quote" \\ back'], String.raw`db;dur=1;desc="a \"quote\" \\ back"`],
    [["db", 1, "a\r\nX: y"], 'db;dur=1;desc="a??X: y"'],
    [["db", 1, "naïve"], 'db;dur=1;desc="na?ve"'],
    [["db", 1, "d".repeat(500)], `db;dur=1;desc="${"d".repeat(100)}"`],
  ] as const)("writes %j as %s", (entry, written) => {
    const x = createExchangeStandIn();
    addTiming(x, entry[0], entry[1], entry[2]);
    expect(formatServerTiming(x, 10)).toBe(`app;dur=10.0, ${written}`);
  });

  it.each(["", "a b", "a,b", "a;b", 'a"', "a\r\nb", "ä", "x".repeat(65), null, undefined, 7])(
    "leaves out the name %j",
    (name) => {
      const x = createExchangeStandIn();
      addTiming(x, name as string, 1);
      expect(formatServerTiming(x, 10)).toBe("app;dur=10.0");
    },
  );

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("leaves out a duration of %d", (ms) => {
    const x = createExchangeStandIn();
    addTiming(x, "db", ms);
    expect(formatServerTiming(x, 10)).toBe("app;dur=10.0");
  });

  it("keeps the order, and at most 32 entries", () => {
    const x = createExchangeStandIn();
    for (let index = 0; index < 100; index++) addTiming(x, `t${index}`, index);
    expect(formatServerTiming(x, 1).split(", ")).toHaveLength(33);
    expect(formatServerTiming(x, 1)).toMatch(/^app;dur=1\.0, t0;dur=0, t1;dur=1, /);
  });
});

describe("slow requests", () => {
  it.each([
    [{ slowMs: 1000 }, "/a", 999, []],
    [{ slowMs: 1000 }, "/a", 1000, [1000]],
    [{ slowMs: 0 }, "/a", 1e6, []],
    [{ slowMs: 1000, slowRoutes: { "/a": 50 } }, "/a", 60, [50]],
    [{ slowMs: 1000, slowRoutes: { "/a": 0 } }, "/a", 1e6, []],
    [{ slowMs: 0, slowRoutes: { "/a": 50 } }, "/a", 60, [50]],
    [{ slowMs: 0, slowRoutes: { "/a": 50 } }, "/b", 1e6, []],
    [{ slowMs: 1000, slowRoutes: { "GET /a": 50 } }, "/a", 60, [50]],
  ])("with %j at %s after %d ms: %j", (changes, route, durationMs, limits) => {
    const { layer, slow } = open(changes);
    layer.onFinish?.(createExchangeStandIn({ url: route }), createOutcomeStandIn({ durationMs, route }));
    expect(slow).toEqual(limits);
  });
});

describe("requests in progress", () => {
  it("are counted exactly, whatever becomes of them", () => {
    const { layer } = open({});
    const exchanges = Array.from({ length: 5 }, () => createExchangeStandIn());
    for (const x of exchanges) void layer.onRequest?.(x);
    expect(layer.stats?.()).toMatchObject({ requests: 5, activeRequests: 5 });
    for (const x of exchanges) layer.onFinish?.(x, createOutcomeStandIn({ aborted: true, status: 0 }));
    // Never begun here: an upgrade, or a request answered further out.
    layer.onFinish?.(createExchangeStandIn(), createOutcomeStandIn());
    expect(layer.stats?.()).toMatchObject({ requests: 5, activeRequests: 0 });
    void layer.close?.();
  });
});

describe("metrics of the process", () => {
  it("are recorded at each interval from the first request on, until the layer is closed", () => {
    const { layer, facts } = open({ processMetricsMs: 1000 });
    vi.advanceTimersByTime(5000);
    expect(facts).toEqual([]);
    void layer.onRequest?.(createExchangeStandIn());
    vi.advanceTimersByTime(2000);
    expect(facts).toHaveLength(22);
    expect(new Set(facts.map((fact) => fact.type === "metric" && fact.name))).toEqual(
      new Set([
        "nodejs.eventloop.delay.mean",
        "nodejs.eventloop.delay.p50",
        "nodejs.eventloop.delay.p90",
        "nodejs.eventloop.delay.p99",
        "nodejs.eventloop.delay.max",
        "nodejs.eventloop.utilization",
        "process.cpu.utilization",
        "process.memory.usage",
        "v8js.memory.heap.used",
        "v8js.memory.heap.limit",
        "http.server.active_requests",
      ]),
    );
    expect(facts.every((fact) => fact.type === "metric" && Number.isFinite(fact.value) && fact.value >= 0)).toBe(true);
    expect(layer.stats?.()).toMatchObject({ residentBytes: expect.any(Number) as number });
    void layer.close?.();
    vi.advanceTimersByTime(5000);
    expect(facts).toHaveLength(22);
  });

  it("are recorded once, however many layers of routes there are", () => {
    const { layer, facts, ports, options } = open({ processMetricsMs: 1000 });
    const ofRoute = createTimingLayer(options, ports);
    for (const each of [layer, ofRoute]) void each.onRequest?.(createExchangeStandIn());
    vi.advanceTimersByTime(1000);
    expect(facts).toHaveLength(11);
    void layer.close?.();
  });

  it("are not recorded where the interval is 0", () => {
    const { layer, facts } = open({ processMetricsMs: 0 });
    void layer.onRequest?.(createExchangeStandIn());
    vi.advanceTimersByTime(1e6);
    expect(facts).toEqual([]);
  });

  it("come from the running process", () => {
    const sampler = new ProcessSampler();
    const sample = sampler.sample();
    sampler.close();
    expect(sample.residentBytes).toBeGreaterThan(1e6);
    expect(sample.heapUsedBytes).toBeGreaterThan(1e6);
    expect(sample.loopUtilization).toBeLessThanOrEqual(1);
  });
});

describe("memory", () => {
  const MIB = 1_048_576;
  const watch = (
    changes: { highMemoryBytes?: number; memoryGrowthBytes?: number },
    sizes: readonly number[],
  ): string[] => {
    const said: string[] = [];
    let index = 0;
    const state = watchProcessState({
      intervalMs: 1000,
      highMemoryBytes: 0,
      memoryGrowthBytes: 0,
      ...changes,
      activeRequests: () => 0,
      recorder: { recordFact: () => undefined },
      notice: ({ code, message }) => void said.push(`${code}: ${message}`),
      sampler: {
        sample: () => ({ ...SAMPLE, residentBytes: (sizes[index++] ?? 0) * MIB }),
        close: () => undefined,
      },
    });
    vi.advanceTimersByTime(1000 * sizes.length);
    state.close();
    return said;
  };

  it.each([
    [[99, 99], 0],
    [[100], 1],
    [[100, 200, 300], 1],
    [[100, 95, 100], 1],
    [[100, 89, 100], 2],
    [[100, 89, 99], 1],
  ])("of %j MiB is warned about %i times at a limit of 100", (sizes, times) => {
    expect(watch({ highMemoryBytes: 100 * MIB }, sizes)).toHaveLength(times);
  });

  it.each([
    [[500], 0],
    [[100, 199], 0],
    [[100, 200], 1],
    [[100, 200, 300, 300], 2],
    [[300, 100, 50], 0],
  ])("that grows over %j MiB is warned about %i times at a growth of 100", (sizes, times) => {
    expect(watch({ memoryGrowthBytes: 100 * MIB }, sizes)).toHaveLength(times);
  });

  it("is never warned about without a limit", () => {
    expect(watch({}, [1, 1e6])).toEqual([]);
  });

  it("is told with its limit", () => {
    expect(watch({ highMemoryBytes: 100 * MIB, memoryGrowthBytes: 50 * MIB }, [60, 120])).toEqual([
      "memory_high: the process holds 120 MiB (limit 100 MiB)",
      "memory_grown: the process's memory has grown by 60 MiB in 1 s (limit 50 MiB)",
    ]);
  });
});
