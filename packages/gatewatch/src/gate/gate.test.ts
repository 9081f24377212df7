import { createBodyStandIn } from "./body-stand-in.ts";
import { describe, expect, it } from "vitest";
import { createExchangeStandIn, createOutcomeStandIn } from "../record/exchange-stand-in.ts";
import { Gate, type GatedExchange } from "./gate.ts";
import type { Layer } from "./layer.ts";
import type { Notice } from "./notices.ts";
import { parseTrustList } from "./trust/parse-trust-list.ts";

function createGate(layers: Layer[]) {
  const notices: Notice[] = [];
  const time = { ms: 0 };
  const gate = new Gate({
    layers,
    trust: parseTrustList([]),
    notice: (notice) => void notices.push(notice),
    maxBodyBytes: 0,
    clock: { now: () => 1_800_000_000_000 + time.ms, monotonicMs: () => time.ms },
  });
  return { gate, notices, time };
}

function createExchange(): GatedExchange {
  return Object.assign(createExchangeStandIn(), { skippedLayers: 0, seenErrors: undefined });
}

function namedLayer(name: string, calls: string[]): Layer {
  return {
    name,
    onRequest: () => void calls.push(`${name}.onRequest`),
    onHead: () => void calls.push(`${name}.onHead`),
    onError: () => void calls.push(`${name}.onError`),
    onFinish: () => void calls.push(`${name}.onFinish`),
  };
}

describe("Gate", () => {
  it("runs onRequest from the outer layer to the inner, everything else from the inner to the outer", () => {
    const calls: string[] = [];
    const { gate } = createGate([namedLayer("outer", calls), { name: "silent" }, namedLayer("inner", calls)]);
    const x = createExchange();
    expect(gate.runRequest(x)).toBeUndefined();
    gate.runHead(x, x.response, createBodyStandIn());
    gate.runError(x, new Error("x"), "throw");
    gate.runFinish(x, createOutcomeStandIn());
    expect(calls).toEqual([
      "outer.onRequest",
      "inner.onRequest",
      "inner.onHead",
      "outer.onHead",
      "inner.onError",
      "outer.onError",
      "inner.onFinish",
      "outer.onFinish",
    ]);
  });

  it("stops at the first layer that replies", async () => {
    const calls: string[] = [];
    const reply = { status: 403, headers: {}, body: "" };
    const { gate } = createGate([{ name: "guard", onRequest: () => reply }, namedLayer("inner", calls)]);
    expect(gate.runRequest(createExchange())).toBe(reply);
    const later = createGate([{ name: "guard", onRequest: async () => reply }, namedLayer("inner", calls)]);
    expect(await later.gate.runRequest(createExchange())).toBe(reply);
    expect(calls).toEqual([]);
  });

  it("makes no promise for layers that answer at once, and one for those that do not", async () => {
    const calls: string[] = [];
    const { gate } = createGate([
      namedLayer("a", calls),
      { name: "later", onRequest: async () => undefined },
      namedLayer("b", calls),
    ]);
    const pending = gate.runRequest(createExchange());
    expect(pending).toBeInstanceOf(Promise);
    expect(await pending).toBeUndefined();
    expect(calls).toEqual(["a.onRequest", "b.onRequest"]);
  });

  it("skips a layer that rejects for the rest of this exchange only", async () => {
    const calls: string[] = [];
    const failing: Layer = { ...namedLayer("bad", calls), onRequest: async () => Promise.reject(new Error("no")) };
    const { gate, notices } = createGate([failing, namedLayer("good", calls)]);
    const x = createExchange();
    await gate.runRequest(x);
    gate.runFinish(x, createOutcomeStandIn());
    gate.runFinish(createExchange(), createOutcomeStandIn());
    expect(calls).toEqual(["good.onRequest", "good.onFinish", "good.onFinish", "bad.onFinish"]);
    expect(notices).toMatchObject([{ level: "error", code: "hook_failed" }]);
  });

  it("tells the layers about an error object once per exchange, and keeps the first", () => {
    const calls: string[] = [];
    const { gate } = createGate([namedLayer("a", calls)]);
    const x = createExchange();
    const [first, second] = [new Error("1"), new Error("2")];
    for (const error of [first, first, second, first, "text", "text", undefined, undefined])
      gate.runError(x, error, "next");
    expect(calls).toHaveLength(4);
    expect(x.error).toBe(first);
  });

  it("warns about a hook that takes more than a second, at most once a minute, and counts each", () => {
    const slow: Layer = { name: "slow", onFinish: () => void (time.ms += 1001) };
    const quick: Layer = { name: "quick", onFinish: () => void (time.ms += 999) };
    const { gate, notices, time } = createGate([slow, quick]);
    for (let round = 0; round < 3; round++) gate.runFinish(createExchange(), createOutcomeStandIn());
    // The layers are timed one by one from the first slow moment on.
    expect(notices).toMatchObject([
      { level: "warn", code: "hook_slow", message: "gate.onFinish took 2000 ms (limit 1000 ms)" },
      { level: "warn", code: "hook_slow", message: "slow.onFinish took 1001 ms (limit 1000 ms)" },
    ]);
    time.ms += 60_000;
    gate.runFinish(createExchange(), createOutcomeStandIn());
    expect(notices).toHaveLength(3);
    expect(gate.stats()).toEqual({ failures: {}, slow: { "gate.onFinish": 1, "slow.onFinish": 3 } });
  });

  it("treats the rejection of an async hook like a failure, whichever the moment", async () => {
    const reject = async (): Promise<never> => Promise.reject(new Error("no"));
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", listen);
    const onError = reject as unknown as NonNullable<Layer["onError"]>;
    const { gate, notices } = createGate([{ name: "async", onHead: reject, onError, onFinish: reject }]);
    for (let round = 0; round < 2; round++) {
      const x = createExchange();
      gate.runHead(x, x.response, createBodyStandIn());
      gate.runError(x, new Error("x"), "throw");
      gate.runFinish(x, createOutcomeStandIn());
      await new Promise((resolve) => setImmediate(resolve));
    }
    process.off("unhandledRejection", listen);
    expect(unhandled).toEqual([]);
    expect(gate.stats().failures).toEqual({ "async.onHead": 2, "async.onError": 2, "async.onFinish": 2 });
    expect(notices).toHaveLength(3);
  });

  it("goes on when even its notices fail", () => {
    const gate = new Gate({
      layers: [{ name: "bad", onFinish: () => assertNever() }],
      trust: parseTrustList([]),
      notice: () => assertNever(),
      maxBodyBytes: 0,
    });
    gate.runFinish(createExchange(), createOutcomeStandIn());
    expect(gate.stats().failures).toEqual({ "bad.onFinish": 1 });
  });
});

function assertNever(): never {
  throw new Error("never");
}
