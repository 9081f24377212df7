import { describe, expect, it } from "vitest";
import type { ConfigOptions } from "../options.ts";
import { resolveOptions } from "../resolve-options.ts";

const resolve = (given: unknown, env: Record<string, string> = {}, file?: object) =>
  resolveOptions(given as ConfigOptions, { env, dotenv: undefined, file });

const THEIRS = {
  CERBERUS_WS_URL: "wss://cerberus.test/ws/events",
  CERBERUS_TOKEN: "sk-theirs",
  CERBERUS_CLIENT_ID: "shop",
  CERBERUS_SECRET_KEY: "hmac",
  CERBERUS_BACKEND_URL: "https://cerberus.test",
};

describe("the variables of Cerberus", () => {
  it("name the Gatewatch server while the Cerberus stream is off", () => {
    const { url, token, service, secret, cerberus, warnings } = resolve({}, THEIRS);
    expect({ url, token, service, secret }).toEqual({
      url: "https://cerberus.test",
      token: "sk-theirs",
      service: "shop",
      secret: "hmac",
    });
    expect([cerberus.enabled, warnings]).toEqual([false, []]);
  });

  it.each<[string, object, object]>([
    ["code", { cerberus: { enabled: true } }, {}],
    ["code, by the address", { cerberus: { ws_url: "ws://cerberus.test" } }, {}],
    ["the environment", {}, { GATEWATCH_CERBERUS_ENABLED: "true" }],
    ["the environment, by the address", {}, { GATEWATCH_CERBERUS_WS_URL: "ws://cerberus.test" }],
  ])("name the backend alone when %s turns the stream on", (_, given, env) => {
    const { url, token, cerberus } = resolve(given, { ...THEIRS, ...env });
    expect([url, token]).toEqual([null, null]);
    expect(cerberus).toMatchObject({
      enabled: true,
      token: "sk-theirs",
      clientId: "shop",
      secretKey: "hmac",
      backendUrl: "https://cerberus.test",
    });
  });

  it.each<[string, object, object, object | undefined]>([
    ["code", { url: "http://own.test", token: "own" }, {}, undefined],
    ["its own variables", {}, { GATEWATCH_URL: "http://own.test", GATEWATCH_TOKEN: "own" }, undefined],
    ["the configuration file", {}, {}, { url: "http://own.test", token: "own" }],
  ])("leave the server alone that %s has set", (_, given, env, file) => {
    const options = resolve({ cerberus: { enabled: true }, ...given }, { ...THEIRS, ...env }, file);
    expect([options.url, options.token, options.cerberus.token]).toEqual(["http://own.test", "own", "sk-theirs"]);
  });

  it("turn nothing on that is turned off", () => {
    const { cerberus, url } = resolve({ cerberus: { enabled: false, wsUrl: "ws://x.test" } }, THEIRS);
    expect([cerberus.enabled, url]).toEqual([false, "https://cerberus.test"]);
  });
});

describe("the options of the Cerberus stream", () => {
  it.each<[object, object]>([
    [{ wsUrl: "https://x.test/ws" }, { wsUrl: "wss://x.test/ws" }],
    [
      { sample_rate: 0.5, client_id: "c", secret_key: "s" },
      { sampleRate: 0.5, clientId: "c", secretKey: "s" },
    ],
    [{ headers: "Accept, X-Tenant" }, { headers: ["accept", "x-tenant"] }],
    [{ customSensitiveKeys: ["iban"] }, { sensitiveKeys: ["iban"] }],
    [
      { customPiiPatterns: [/MRN-\d+/i, { pattern: "x{2}", action: "hash", apply_to: "both" }] },
      {
        piiPatterns: [
          { pattern: /MRN-\d+/gi, action: "redact", applyTo: "values" },
          { pattern: /x{2}/g, action: "hash", applyTo: "both" },
        ],
      },
    ],
  ])("takes %j", (given, wanted) => {
    expect(resolve({ cerberus: given }).cerberus).toMatchObject(wanted);
  });

  it("takes patterns from the environment as JSON", () => {
    const { cerberus } = resolve({}, { GATEWATCH_CERBERUS_PII_PATTERNS: '[{"pattern":"MRN-\\\\d+","action":"hash"}]' });
    expect(cerberus.piiPatterns).toEqual([{ pattern: /MRN-\d+/g, action: "hash", applyTo: "values" }]);
  });

  it.each<[object, RegExp]>([
    [{ wsUrl: "ftp://x" }, /cerberus\.wsUrl: "ftp:\/\/x" is no such address; allowed is/],
    [{ wsUrl: 7 }, /allowed is an address/],
    [{ sampleRate: 2 }, /a number from 0 to 1/],
    [{ piiPatterns: [{}] }, /has no pattern/],
    [{ piiPatterns: [{ pattern: "a", action: "mask" }] }, /the action "mask" is unknown/],
    [{ piiPatterns: [{ pattern: "a", applyTo: "all" }] }, /applyTo "all" is unknown/],
    [{ piiPatterns: [/(a+)+/] }, /repeats a group that repeats/],
    [{ piiPatterns: ["["] }, /does not compile/],
    [{ piiPatterns: [/a*/] }, /matches the empty text/],
    [{ headers: [7] }, /7 is no name/],
    [{ wsurl: "ws://x" }, /Did you mean cerberus\.wsUrl/],
  ])("refuses %j with the reason", (given, reason) => {
    expect(() => resolve({ cerberus: given })).toThrow(reason);
  });
});

describe("the options of the anomaly layer", () => {
  const hook = (): void => undefined;
  it.each<[object | boolean, object]>([
    [
      true,
      { enabled: true, block: false, sampleRate: 1, profile: "balanced", threshold: null, share: true, maxStreams: 24 },
    ],
    [
      { profile: "strict", threshold: 0.01, share: false },
      { profile: "strict", threshold: 0.01, share: false },
    ],
    [
      { blockAnomalies: true, streamId: "s", excludePaths: ["/admin/"] },
      { block: true, stream: "s", skip: ["/admin/*"] },
    ],
    [
      { API_KEY: "k", STREAM_ID: "s", EXCLUDE_PATHS: ["/health/"], ASYNC_MODE: false },
      { apiKey: "k", stream: "s", skip: ["/health/*"], background: false },
    ],
    [
      { block: "shadow", onAnomaly: hook, onError: hook },
      { block: "shadow", onAnomaly: hook, onError: hook },
    ],
    [
      { baseUrl: "http://x.test", asyncMode: true },
      { url: "http://x.test", background: true },
    ],
  ])("takes %j", (given, wanted) => {
    expect(resolve({ anomaly: given }).anomaly).toMatchObject(wanted);
  });

  it.each([
    ["yes", true],
    ["off", false],
    ["", false],
    ["Shadow", "shadow"],
  ])("reads GATEWATCH_ANOMALY_BLOCK=%s as %s", (text, wanted) => {
    expect(resolve({}, { GATEWATCH_ANOMALY_BLOCK: text }).anomaly.block).toBe(wanted);
  });

  it.each<[object, RegExp]>([
    [{ block: "maybe" }, /anomaly\.block: it is "maybe"; allowed is true, false, or "shadow"/],
    [{ threshold: 0.00001 }, /from 0\.0001 to 0\.1/],
    [{ profile: "lenient" }, /one of sensitive, balanced, strict/],
    [{ onAnomaly: "log" }, /a function \(anomaly, exchange\) => void, or null/],
    [{ deadlineMs: 0 }, /from 1 to 60000/],
    [{ sampelRate: 1 }, /Did you mean anomaly\.sampleRate/],
  ])("refuses %j with the reason", (given, reason) => {
    expect(() => resolve({ anomaly: given })).toThrow(reason);
  });
});
