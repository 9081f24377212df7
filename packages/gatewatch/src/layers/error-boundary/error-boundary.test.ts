import type { ThresholdFacts } from "@gatewatch/protocol/messages/failure-facts";
import { describe, expect, it } from "vitest";
import { createBodyStandIn } from "../../gate/body-stand-in.ts";
import type { Exchange } from "../../gate/exchange.ts";
import { DEFAULTS } from "../../options/defaults.ts";
import type { ErrorBoundaryOptions } from "../../options/groups/error-boundary.ts";
import { createExchangeStandIn, createOutcomeStandIn } from "../../record/exchange-stand-in.ts";
import type { Recorder } from "../../record/recorder.ts";
import { createHeadStandIn } from "../head-stand-in.ts";
import type { LocalLog } from "../log/local-log.ts";
import { createErrorBoundaryLayer } from "./create-error-boundary-layer.ts";

function open(changes: Partial<ErrorBoundaryOptions> = {}, environment = "production") {
  const time = { ms: 0 };
  const alerts: ThresholdFacts[] = [];
  const told: ThresholdFacts[] = [];
  const notices: string[] = [];
  const layer = createErrorBoundaryLayer(
    { ...DEFAULTS.errorBoundary, ...changes },
    {
      log: {
        writeAlert: (alert: ThresholdFacts) => void alerts.push(alert),
        writeNotice: ({ message }: { message: string }) => void notices.push(message),
        describeError: () => ({ type: "TypeError", message: "redacted" }),
      } as unknown as LocalLog,
      recorder: {} as Recorder,
      clock: { now: () => 1_800_000_000_000 + time.ms, monotonicMs: () => time.ms },
      environment,
      service: "shop",
      tell: (alert) => void told.push(alert),
    },
  );
  const finish = (changes: Parameters<typeof createOutcomeStandIn>[0], x = createExchangeStandIn()): void =>
    layer.onFinish?.(x, createOutcomeStandIn(changes));
  return { layer, alerts, told, notices, time, finish };
}

const bodyOf = (reply: unknown): Record<string, unknown> =>
  (JSON.parse(String((reply as { body: string }).body)) as { error: Record<string, unknown> }).error;

describe("what is counted", () => {
  it.each([
    [{ status: 404, route: "/a" }, "error:404:/a"],
    [{ status: 500, route: null }, "error:500:(unmatched)"],
    [{ status: 599, route: "/a" }, "error:599:/a"],
    [{ status: 400, route: "/users/:id" }, "error:400:/users/:id"],
    [{ status: 500, route: "/a", error: new TypeError("x") }, "exception:TypeError:/a"],
    [{ status: 200, route: "/a", error: new TypeError("x") }, "exception:TypeError:/a"],
    [{ status: 0, route: null, error: "text" }, "exception:string:(unmatched)"],
  ])("%j counts as %s", (outcome, key) => {
    const { finish, alerts } = open({ threshold: 1 });
    finish(outcome);
    expect(alerts.map((alert) => alert.key)).toEqual([key]);
  });

  it.each([200, 204, 301, 304, 399, 0, 101])("status %i does not", (status) => {
    const { finish, alerts } = open({ threshold: 1 });
    finish({ status });
    expect(alerts).toEqual([]);
  });

  it.each([
    [["5xx"], 404, 0],
    [["5xx"], 503, 1],
    [[429], 429, 1],
    [[], 500, 0],
  ])("with count %j status %i raises %i alerts", (count, status, alerted) => {
    const { finish, alerts } = open({ threshold: 1, count });
    finish({ status });
    expect(alerts).toHaveLength(alerted);
  });

  it("is bounded in kinds: a hundred thousand paths are one", () => {
    const { finish, layer } = open();
    for (let index = 0; index < 100_000; index++) {
      finish({ status: 404, route: null }, createExchangeStandIn({ url: `/wp-${index}` }));
    }
    expect(layer.stats?.()).toMatchObject({ watchedKeys: 1, forgottenKeys: 0, alerts: 1 });
  });
});

describe("alerts", () => {
  it("tell key, count, threshold, window, time and service, once, to log, channels and hook", () => {
    const heard: ThresholdFacts[] = [];
    const { finish, alerts, told } = open({ threshold: 3, onAlert: (alert) => heard.push(alert) });
    for (let round = 0; round < 50; round++) finish({ status: 500, route: "/a" });
    const expected = {
      key: "error:500:/a",
      count: 3,
      more: 0,
      threshold: 3,
      windowMs: 300_000,
      at: 1_800_000_000_000,
      service: "shop",
    };
    expect([alerts, told, heard]).toEqual([[expected], [expected], [expected]]);
  });

  it("come again after the window, and say how many went untold", () => {
    const { finish, alerts, time } = open({ threshold: 3, windowMs: 1000 });
    for (let round = 0; round < 10; round++) finish({ status: 500 });
    time.ms = 1000;
    finish({ status: 500 });
    expect(alerts.map(({ more }) => more)).toEqual([0, 7]);
  });

  it("never come where the threshold is 0", () => {
    const { finish, alerts } = open({ threshold: 0 });
    for (let round = 0; round < 50; round++) finish({ status: 500, error: new Error("x") });
    expect(alerts).toEqual([]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("hook");
      },
    ],
    ["rejects", () => Promise.reject(new Error("hook"))],
  ])("survive a hook that %s, and say so once", async (_how, onAlert) => {
    const { finish, alerts, notices } = open({ threshold: 1, windowMs: 1000, onAlert });
    finish({ status: 500, route: "/a" });
    finish({ status: 500, route: "/b" });
    await Promise.resolve();
    await Promise.resolve();
    expect([alerts.length, notices]).toEqual([2, ["errorBoundary.onAlert failed"]]);
  });
});

describe("answers", () => {
  it("are left to the app where it has a handler", () => {
    expect(open().layer.onError?.(createExchangeStandIn(), new Error("x"), "throw")).toBeUndefined();
  });

  it.each(["throw", "rejection", "next"] as const)("are ours with respond, for %s", (mechanism) => {
    const reply = open({ respond: true }).layer.onError?.(createExchangeStandIn(), new Error("x"), mechanism);
    expect(bodyOf(reply)).toMatchObject({ type: "InternalServerError", service: "shop" });
  });

  it("are not made of what the app has reported itself", () => {
    expect(open({ respond: true }).layer.onError?.(createExchangeStandIn(), new Error("x"), "manual")).toBeUndefined();
  });

  it("are not made once the head is sent", () => {
    const x = createExchangeStandIn();
    const sent: Exchange = { ...x, response: { ...x.response, sent: true } };
    expect(open({ respond: true }).layer.onError?.(sent, new Error("x"), "throw")).toBeUndefined();
  });

  it.each([
    ["production", null, "InternalServerError"],
    ["staging", null, "InternalServerError"],
    ["development", null, "TypeError"],
    ["development", false, "InternalServerError"],
    ["production", true, "TypeError"],
  ])("in %s with details %s say %s", (environment, details, type) => {
    const { layer } = open({ details }, environment);
    expect(bodyOf(layer.onUnhandled?.(createExchangeStandIn(), new Error("secret")))["type"]).toBe(type);
  });

  it("tell how long it took, by the monotonic clock", () => {
    const { layer, time } = open({ duration: true });
    const x = createExchangeStandIn();
    void layer.onRequest?.(x);
    time.ms = 1234;
    expect(bodyOf(layer.onUnhandled?.(x, new Error("x")))["duration"]).toBe(1.234);
  });
});

describe("headers of failed requests", () => {
  const headOf = (changes: Partial<ErrorBoundaryOptions>, facts: Partial<Exchange>): Record<string, string> => {
    const { layer } = open(changes);
    const x = Object.assign(createExchangeStandIn(), facts);
    void layer.onError?.(x, facts.error, "throw");
    const head = createHeadStandIn();
    layer.onHead?.(x, head, createBodyStandIn());
    return head.all();
  };
  const error = Object.assign(new Error("x"), { name: "Bad\r\nX: y" });

  it.each([
    [{}, {}, {}],
    [{}, { errorId: "e-1", error }, { "x-error-id": "e-1" }],
    [{ header: "X-Fault" }, { errorId: "e-1", error }, { "x-fault": "e-1" }],
    [{ errorTypeHeader: true }, {}, {}],
    [{ errorTypeHeader: true }, { error }, { "x-error-type": "Bad__X__y" }],
    [{ errorTypeHeader: true }, { error: new TypeError("x") }, { "x-error-type": "TypeError" }],
    [{ errorCountHeader: true }, { error }, { "x-error-count": "1" }],
    [{ errorCountHeader: true }, {}, {}],
  ])("with %j", (changes, facts, headers) => {
    expect(headOf(changes, facts as Partial<Exchange>)).toEqual(headers);
  });
});
