import { describe, expect, it } from "vitest";
import { createGatewatch, type GatewatchOptions } from "../../create-gatewatch.ts";
import { resolveOptions } from "../resolve-options.ts";

const resolve = (options: object, env: Record<string, string> = {}) =>
  resolveOptions(options as GatewatchOptions, { env, dotenv: undefined });

const say = (): void => undefined;

describe("the options of metrics", () => {
  it.each([
    ["metrics", "off", "metrics"],
    ["path", "metrics", 'a path such as "/metrics"'],
    ["path", "/me trics", "percent-encoded"],
    ["path", "/metrics?x", "percent-encoded"],
    ["path", "/metrics#x", "percent-encoded"],
    ["path", "/mé", "percent-encoded"],
    ["path", true, "a path"],
    ["path", ["/a"], "a path"],
    ["token", 5, "a text"],
    ["allow", true, "is no address"],
    ["allow", 1, "is no address"],
    ["allow", ["nobody"], "CIDR"],
    ["allow", ["10.0.0.0/33"], "CIDR"],
    ["allow", [""], "is no address"],
    ["maxSeries", 9, "from 10 to 100000"],
    ["maxSeries", 1e6, "from 10 to 100000"],
    ["maxSeries", 20.5, "a whole number"],
    ["durationBuckets", [], "no bound"],
    ["durationBuckets", [1, 1], "no number above 1"],
    ["durationBuckets", [2, 1], "no number above 2"],
    ["durationBuckets", [0], "no number above 0"],
    ["durationBuckets", [-1], "no number above 0"],
    ["durationBuckets", [Number.NaN], "no number above 0"],
    ["durationBuckets", [Number.POSITIVE_INFINITY], "no number above 0"],
    ["durationBuckets", ["1"], "no number above 0"],
    ["durationBuckets", "1", "no list"],
    ["runtime", "perhaps", "true or false"],
    ["exportTo", {}, "neither registerMetric nor getMeter"],
    ["exportTo", "prom-client", "neither registerMetric nor getMeter"],
    ["exportTo", { registerMetric: 1 }, "neither registerMetric nor getMeter"],
  ])("refuse %s: %j", (name, value, reason) => {
    const given = name === "metrics" ? value : { [name]: value };
    expect(() => resolve({ metrics: given })).toThrow(reason);
    expect(() => resolve({ metrics: given })).toThrow("metrics");
  });

  it.each([
    ["GATEWATCH_METRICS_PATH", "/metrics", "path", "/metrics"],
    ["GATEWATCH_METRICS_PATH", "", "path", null],
    ["GATEWATCH_METRICS_ALLOW", "loopback, 10.0.0.0/8", "allow", ["loopback", "10.0.0.0/8"]],
    ["GATEWATCH_METRICS_TOKEN", "0123456789abcdef", "token", "0123456789abcdef"],
    ["GATEWATCH_METRICS_DURATION_BUCKETS", "0.1, 1, 10", "durationBuckets", [0.1, 1, 10]],
    ["GATEWATCH_METRICS_MAX_SERIES", "500", "maxSeries", 500],
    ["GATEWATCH_METRICS_ENABLED", "no", "enabled", false],
  ])("are read from %s=%j", (variable, text, name, value) => {
    const { metrics, warnings } = resolve({}, { [variable]: text });
    expect(warnings).toEqual([]);
    expect(Reflect.get(metrics, name)).toEqual(value);
  });

  it.each([
    [{ path: "/metrics" }, "metrics.path"],
    [{ path: "/metrics", token: "short" }, "metrics.token"],
    [{ token: "fifteen-letters" }, "metrics.token"],
  ])("refuse at start what strangers could read: %j", (metrics, option) => {
    const start = () =>
      createGatewatch({ metrics, logger: { info: say, warn: say, error: say } }, { env: {}, dotenv: undefined });
    expect(start).toThrow(expect.objectContaining({ code: "unsafe_option", option }));
  });

  it("never say what the token is", () => {
    expect(() =>
      createGatewatch(
        { metrics: { token: "hunter2" }, logger: { info: say, warn: say, error: say } },
        { env: {}, dotenv: undefined },
      ),
    ).toThrow(/^(?!.*hunter2)/);
  });
});

describe("the options of custom metrics", () => {
  it.each([
    ["keys", [], "1 to 16 names"],
    ["keys", Array.from({ length: 17 }, (_, index) => `k${index}`), "1 to 16 names"],
    ["keys", ['a"b'], "no such name"],
    ["keys", ["a\\b"], "no such name"],
    ["keys", ["a/b"], "no such name"],
    ["keys", ["ü"], "no such name"],
    ["keys", [""], "no such name"],
    ["keys", ["x".repeat(65)], "no such name"],
    ["keys", [5], "no such name"],
    ["keys", null, "no such name"],
    ["maxBodyBytes", 1, "from 2"],
    ["key", "x", "Did you mean customMetrics.keys"],
  ])("refuse %s: %j", (name, value, reason) => {
    expect(() => resolve({ customMetrics: { [name]: value } })).toThrow(reason);
  });

  it.each([
    ["_stats", ["_stats"]],
    [" _stats , _more ", ["_stats", "_more"]],
    ["_stats,_stats", ["_stats"]],
  ])("are read from GATEWATCH_CUSTOM_METRICS_KEYS=%j", (text, keys) => {
    expect(resolve({}, { GATEWATCH_CUSTOM_METRICS_KEYS: text }).customMetrics.keys).toEqual(keys);
  });
});
