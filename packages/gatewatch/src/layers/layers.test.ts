import { createBodyStandIn } from "../gate/body-stand-in.ts";
import { describe, expect, it } from "vitest";
import type { ResponseHead } from "../gate/exchange.ts";
import { DEFAULTS } from "../options/defaults.ts";
import { createExchangeStandIn, createOutcomeStandIn } from "../record/exchange-stand-in.ts";
import type { Recorder } from "../record/recorder.ts";
import { createAccessLogLayer } from "./access-log.ts";
import { createErrorBoundaryLayer } from "./error-boundary/create-error-boundary-layer.ts";
import { listLayers, type LayerPorts } from "./list.ts";
import type { LocalLog } from "./log/local-log.ts";
import { createRecordLayer } from "./record.ts";
import { createSlowLimits, type SlowLimits } from "../options/values/slow-limits.ts";
import { createRequestIdLayer } from "./request-id.ts";
import { createTimingLayer } from "./timing/create-timing-layer.ts";

function createHead(initial: Record<string, string> = {}): ResponseHead & { values: Record<string, string> } {
  const values = { ...initial };
  return {
    values,
    status: 200,
    sent: false,
    get: (name) => values[name],
    entries: () => Object.entries(values),
    has: (name) => name in values,
    set: (name, value) => void (values[name] = String(value)),
    append: (name, value) => void (values[name] = value),
    remove: (name) => void delete values[name],
  };
}

function createPorts() {
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args]);
  const log = {
    writeRequest: note("request"),
    writeError: note("error"),
    writeSlow: note("slow"),
  } as unknown as LocalLog;
  const recorder = {
    recordRequest: note("recordRequest"),
    finishErrors: note("finishErrors"),
    recordError: () => "e-1",
  } as unknown as Recorder;
  const time = { ms: 0 };
  const clock = { now: () => time.ms, monotonicMs: () => time.ms };
  const ports: LayerPorts & { slow: SlowLimits } = { log, recorder, clock, slow: createSlowLimits(1000, null) };
  return { ports, calls, time };
}

describe("listLayers()", () => {
  it("lists the layers from the outermost to the innermost", () => {
    expect(listLayers(DEFAULTS, createPorts().ports).map(({ name }) => name)).toEqual([
      "request-id",
      "access-log",
      "timing",
      "error-boundary",
      "security-headers",
      "compression",
      "custom-metrics",
      "record",
    ]);
  });

  it("leaves out each layer that is off", () => {
    for (const group of [
      "requestId",
      "accessLog",
      "timing",
      "errorBoundary",
      "securityHeaders",
      "compression",
      "customMetrics",
      "record",
    ] as const) {
      const options = { ...DEFAULTS, [group]: { ...DEFAULTS[group], enabled: false } };
      expect(listLayers(options, createPorts().ports)).toHaveLength(
        listLayers(DEFAULTS, createPorts().ports).length - 1,
      );
    }
  });
});

describe("the request-id layer", () => {
  it("names every answer, and keeps a name that the app gave", () => {
    const layer = createRequestIdLayer({ header: "X-Request-ID" });
    const head = createHead();
    layer.onHead?.(createExchangeStandIn(), head, createBodyStandIn());
    expect(head.values).toEqual({ "X-Request-ID": "req-1" });
    const own = createHead({ "X-Request-ID": "own" });
    layer.onHead?.(createExchangeStandIn(), own, createBodyStandIn());
    expect(own.values).toEqual({ "X-Request-ID": "own" });
  });
});

describe("the timing layer", () => {
  it("uses no moment that it does not need", () => {
    const { ports } = createPorts();
    const off = { ...DEFAULTS.timing, slowMs: 0, processMetricsMs: 0 };
    expect(Object.keys(createTimingLayer(off, ports))).toEqual(["name", "stats"]);
  });

  it("writes the headers that are asked for, by the monotonic clock", () => {
    const { ports, time } = createPorts();
    const layer = createTimingLayer(
      { ...DEFAULTS.timing, slowMs: 0, processingTimeHeader: true, serverTimingHeader: true },
      ports,
    );
    const [x, head] = [createExchangeStandIn(), createHead()];
    time.ms = 100;
    layer.onRequest?.(x);
    time.ms = 223.4;
    layer.onHead?.(x, head, createBodyStandIn());
    expect(head.values).toEqual({ "X-Processing-Time": "0.123s", "Server-Timing": "app;dur=123.4" });
  });

  it("warns about slow requests, five a second, and counts the others", () => {
    const { ports, calls, time } = createPorts();
    const layer = createTimingLayer(
      { ...DEFAULTS.timing, slowMs: 500 },
      { ...ports, slow: createSlowLimits(500, null) },
    );
    const finish = (durationMs: number): void =>
      layer.onFinish?.(createExchangeStandIn(), createOutcomeStandIn({ durationMs }));
    finish(499);
    expect(calls).toEqual([]);
    for (let round = 0; round < 8; round++) finish(500);
    expect(calls).toHaveLength(5);
    time.ms = 1000;
    finish(700);
    expect(calls.at(-1)?.slice(3)).toEqual([500, 3]);
  });
});

describe("the error-boundary layer", () => {
  it("names the error in the answer, and counts", () => {
    const layer = createErrorBoundaryLayer(DEFAULTS.errorBoundary, {
      ...createPorts().ports,
      environment: "production",
      service: null,
    });
    const x = createExchangeStandIn();
    const quiet = createHead();
    layer.onHead?.(x, quiet, createBodyStandIn());
    expect(quiet.values).toEqual({});
    layer.onError?.(x, new Error("1"), "throw");
    layer.onError?.(x, new Error("2"), "next");
    x.errorId = "e-1";
    const head = createHead();
    layer.onHead?.(x, head, createBodyStandIn());
    layer.onFinish?.(x, createOutcomeStandIn({ errorId: "e-1" }));
    layer.onFinish?.(x, createOutcomeStandIn());
    expect(head.values).toEqual({ "X-Error-ID": "e-1" });
    expect(layer.stats?.()).toMatchObject({ errors: 2, failedExchanges: 1 });
  });
});

describe("the record layer", () => {
  it("keeps the first error's id, and completes errors before the request is recorded", () => {
    const { ports, calls } = createPorts();
    const layer = createRecordLayer({ requests: true }, ports.recorder);
    const x = createExchangeStandIn();
    layer.onError?.(x, new Error("x"), "throw");
    expect(x.errorId).toBe("e-1");
    layer.onFinish?.(x, createOutcomeStandIn());
    expect(calls.map(([name]) => name)).toEqual(["finishErrors", "recordRequest"]);
  });

  it("records errors without requests when requests are off", () => {
    const { ports, calls } = createPorts();
    createRecordLayer({ requests: false }, ports.recorder).onFinish?.(createExchangeStandIn(), createOutcomeStandIn());
    expect(calls.map(([name]) => name)).toEqual(["finishErrors"]);
  });
});

describe("the access-log layer", () => {
  it("writes what is asked for", () => {
    const { ports, calls } = createPorts();
    const layer = createAccessLogLayer({ ...DEFAULTS.accessLog, requests: false }, ports);
    expect(layer.onFinish).toBeUndefined();
    layer.onError?.(createExchangeStandIn(), new Error("x"), "throw");
    const other = createAccessLogLayer({ ...DEFAULTS.accessLog, errors: false }, ports);
    expect(other.onError).toBeUndefined();
    other.onFinish?.(createExchangeStandIn(), createOutcomeStandIn());
    expect(calls.map(([name]) => name)).toEqual(["error", "request"]);
  });
});
