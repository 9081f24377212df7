import { describe, expect, it } from "vitest";
import type { AccessLogOptions } from "../options/groups/access-log.ts";
import { DEFAULTS } from "../options/defaults.ts";
import { createExchangeStandIn, createOutcomeStandIn } from "../record/exchange-stand-in.ts";
import type { Recorder } from "../record/recorder.ts";
import { createAccessLogLayer } from "./access-log.ts";
import type { LocalLog } from "./log/local-log.ts";
import { createSlowLimits } from "../options/values/slow-limits.ts";

function open(changes: Partial<AccessLogOptions>, draw = 0.5) {
  const told: unknown[][] = [];
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      void told.push([name, ...args]);
  const log = {
    writeRequest: note("both"),
    writeAnswer: note("answer"),
    writeArrival: note("arrival"),
    writeError: note("error"),
  } as unknown as LocalLog;
  const layer = createAccessLogLayer(
    { ...DEFAULTS.accessLog, ...changes },
    { log, recorder: {} as Recorder, slow: createSlowLimits(1000, { "/quick": 10 }), random: () => draw },
  );
  const names = (): unknown[] => told.map(([name]) => name);
  const run = (outcome: Parameters<typeof createOutcomeStandIn>[0] = {}, url = "/shop"): unknown[] => {
    const x = createExchangeStandIn({ url });
    void layer.onRequest?.(x);
    layer.onFinish?.(x, createOutcomeStandIn({ status: 200, ...outcome }));
    return names();
  };
  return { layer, told, names, run };
}

describe("the lines of a request", () => {
  it.each([
    [{}, ["both"]],
    [{ responses: true }, ["both"]],
    [{ responses: false }, ["arrival"]],
    [{ requests: false }, []],
    [{ requests: false, responses: true }, ["answer"]],
    [{ requests: false, responses: false }, []],
  ])("with %j are %j", (changes, lines) => {
    expect(open(changes).run()).toEqual(lines);
  });

  it("are one for each exchange, aborted ones too", () => {
    expect(open({}).run({ status: 0, aborted: true })).toEqual(["both"]);
  });

  it("are at the level of 499 where the client went away before an answer", () => {
    const { run, told } = open({ levels: { "499": "debug" } });
    run({ status: 0, aborted: true });
    expect(told[0]?.[3]).toBe("debug");
  });

  it("are left out where the level is silent", () => {
    const { run, layer } = open({ levels: { "2xx": "silent" } });
    expect(run()).toEqual([]);
    expect(layer.stats?.()).toEqual({ lines: 0, left: 1 });
  });

  it.each([
    ["/health", []],
    ["/health?deep=1", []],
    ["/healthy", ["both"]],
    ["/assets/a.js", []],
    ["/assets", []],
    ["/assetsx", ["both"]],
    ["/Health", ["both"]],
    ["//health", ["both"]],
    ["/", ["both"]],
  ])("are left out on skipped paths: %s", (url, lines) => {
    expect(open({ skip: ["/health", "/assets/*"] }).run({}, url)).toEqual(lines);
  });
});

describe("sampling", () => {
  it.each([
    ["drawn", 0.05, { status: 200 }, 1],
    ["not drawn", 0.5, { status: 200 }, 0],
    ["404, not drawn", 0.5, { status: 404 }, 0],
    ["500, not drawn", 0.5, { status: 500 }, 1],
    ["503, not drawn", 0.5, { status: 503 }, 1],
    ["an exception that the app answered with 200", 0.5, { status: 200, error: new Error("x") }, 1],
    ["an error's event", 0.5, { status: 400, errorId: "e" }, 1],
    ["slow", 0.5, { status: 200, durationMs: 1000 }, 1],
    ["almost slow", 0.5, { status: 200, durationMs: 999 }, 0],
  ])("%s", (_name, draw, outcome, lines) => {
    expect(open({ sampleRate: 0.1 }, draw).run(outcome)).toHaveLength(lines);
  });

  it("at rate 0 leaves slow and failed requests only", () => {
    expect(open({ sampleRate: 0 }, 0).run()).toEqual([]);
    expect(open({ sampleRate: 0 }, 0).run({ durationMs: 5000 })).toHaveLength(1);
  });

  it("draws for lines on arrival too", () => {
    expect(open({ responses: false, sampleRate: 0.1 }, 0.5).run()).toEqual([]);
    expect(open({ responses: false, sampleRate: 0.1 }, 0.05).run()).toEqual(["arrival"]);
  });
});

describe("slowOnly", () => {
  it.each([
    [{ status: 200, durationMs: 1 }, "/shop", 0],
    [{ status: 404, durationMs: 1 }, "/shop", 0],
    [{ status: 200, durationMs: 1000 }, "/shop", 1],
    [{ status: 200, durationMs: 10, route: null }, "/quick", 1],
    [{ status: 200, durationMs: 9, route: null }, "/quick", 0],
    [{ status: 500, durationMs: 1 }, "/shop", 1],
  ])("%j at %s has %i lines", (outcome, url, lines) => {
    expect(open({ slowOnly: true }, 0).run(outcome, url)).toHaveLength(lines);
  });
});

describe("exceptions", () => {
  it("have their line whatever is left out", () => {
    const { layer, names } = open({ requests: false, skip: ["/*"], sampleRate: 0, slowOnly: true });
    layer.onError?.(createExchangeStandIn(), new Error("x"), "throw");
    expect(names()).toEqual(["error"]);
  });

  it("have none where errors is false", () => {
    expect(open({ errors: false }).layer.onError).toBeUndefined();
  });
});
