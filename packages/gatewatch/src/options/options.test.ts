import { describe, expect, it } from "vitest";
import { ConfigError } from "./config-error.ts";
import { DEFAULTS } from "./defaults.ts";
import { OPTION_TABLE } from "./option-table.ts";
import type { ConfigOptions } from "./options.ts";
import { parseDotenv } from "./parse-dotenv.ts";
import { resolveOptions } from "./resolve-options.ts";
import { suggestName } from "./suggest-name.ts";

const nothing = { env: {}, dotenv: undefined };
const fromEnv = (env: Record<string, string>, dotenv?: string) => resolveOptions({}, { env, dotenv });

/** Dotted keys, one level deep: what a layer's option holds may be an object itself. */
function flatten(values: object): string[] {
  const groups = new Set(OPTION_TABLE.filter(({ key }) => key.includes(".")).map(({ key }) => key.split(".")[0]));
  return Object.entries(values).flatMap(([name, value]: [string, object]) =>
    groups.has(name) ? Object.keys(value).map((part) => `${name}.${part}`) : [name],
  );
}

function refusal(given: unknown): { code: string; option: string; message: string } {
  try {
    resolveOptions(given as object, nothing);
  } catch (error) {
    if (error instanceof ConfigError) return { code: error.code, option: error.option, message: error.message };
    throw error;
  }
  throw new Error("accepted");
}

describe("the option table", () => {
  it("has one row for each default and none besides", () => {
    expect(OPTION_TABLE.map(({ key }) => key).toSorted()).toEqual(flatten(DEFAULTS).toSorted());
    expect(resolveOptions({}, nothing)).toEqual({ ...DEFAULTS, warnings: [], set: [] });
  });

  it("names each variable after its key, and no variable twice", () => {
    expect(OPTION_TABLE.find(({ key }) => key === "capture.maxBodyBytes")?.env).toBe(
      "GATEWATCH_CAPTURE_MAX_BODY_BYTES",
    );
    const names = OPTION_TABLE.flatMap(({ key, env, aliases }) => [
      ...(env === null ? [] : [env]),
      // Those of Cerberus name the Gatewatch server or a Cerberus backend: see settleCerberus().
      ...aliases
        .map((alias) => alias.env)
        .filter((name) => !key.startsWith("cerberus.") || !name.startsWith("CERBERUS_")),
    ]);
    expect(new Set(names).size).toBe(names.length);
    expect(names).not.toContain("GATEWATCH_HOST");
  });

  it("is frozen with its defaults", () => {
    expect(Object.isFrozen(DEFAULTS) && Object.isFrozen(DEFAULTS.capture) && Object.isFrozen(OPTION_TABLE)).toBe(true);
  });
});

describe("resolveOptions()", () => {
  it("prefers code to environment to .env", () => {
    const dotenv = "GATEWATCH_TOKEN=from-file\nGATEWATCH_URL=http://file\nGATEWATCH_SERVICE=file";
    const env = { GATEWATCH_URL: "http://env", GATEWATCH_SERVICE: "env" };
    const options = resolveOptions({ service: "code" }, { env, dotenv });
    expect([options.token, options.url, options.service]).toEqual(["from-file", "http://env", "code"]);
    expect(env).toEqual({ GATEWATCH_URL: "http://env", GATEWATCH_SERVICE: "env" });
  });

  it("lists the names of what is set, wherever it was set", () => {
    const options = resolveOptions(
      { timing: false, url: "http://code" },
      { env: { WEBHOOK_URL: "http://hook" }, dotenv: "GATEWATCH_TOKEN=t" },
    );
    expect(options.set).toEqual(["url", "token", "timing.enabled", "slack.webhookUrl"]);
  });

  it("reads .env for our own keys only", () => {
    const options = fromEnv({}, "HOSTNAME=x\nNODE_ENV=x\nAPP_VERSION=x\nAI_AGENT_API_KEY=key");
    expect([options.hostName, options.environment, options.release]).toEqual([null, "development", null]);
    expect(options.agent.apiKey).toBe("key");
  });

  it.each(["1", "true", "TRUE", "yes", "Yes", "on", " On "])("takes %j for true", (text) => {
    expect(fromEnv({ GATEWATCH_DEBUG: text })).toMatchObject({ debug: true, warnings: [] });
  });

  it.each(["0", "false", "False", "NO", "off", ""])("takes %j for false", (text) => {
    expect(fromEnv({ GATEWATCH_ENABLED: text })).toMatchObject({ enabled: false, warnings: [] });
  });

  it("understands the names of other systems", () => {
    const options = fromEnv({
      AI_AGENT_ENABLED: "true",
      AI_AGENT_ENDPOINT: "http://localhost:8001/api/v1/analyze-error",
      AI_AGENT_API_KEY: "key",
      AI_AGENT_TIMEOUT: "2.5",
      AI_AGENT_MAX_BODY_SIZE: "500",
      HOSTNAME: "web-1",
      APP_VERSION: "1.2.3",
      WEBHOOK_URL: "http://127.0.0.1/hook",
      NODE_ENV: "production",
      CERBERUS_WS_URL: "ws://cerberus.test:8000/ws/events",
      CERBERUS_TOKEN: "t",
      CERBERUS_CLIENT_ID: "shop",
      CERBERUS_SECRET_KEY: "s",
      DRIFTLOCK_EXCLUDE_PATHS: "/admin/, /health/",
    });
    expect(options).toMatchObject({
      enabled: true,
      url: "http://cerberus.test:8000",
      token: "t",
      service: "shop",
      secret: "s",
      environment: "production",
      hostName: "web-1",
      release: "1.2.3",
      skip: ["/admin/*", "/health/*"],
      agent: { endpoint: "http://localhost:8001/api/v1/analyze-error", apiKey: "key", timeoutMs: 2500 },
      slack: { webhookUrl: "http://127.0.0.1/hook" },
      warnings: [],
    });
    expect(options.capture.maxBodyBytes).toBe(500);
  });

  it("prefers our own names to theirs", () => {
    expect(fromEnv({ GATEWATCH_TOKEN: "ours", CERBERUS_TOKEN: "theirs" }).token).toBe("ours");
  });

  it("never throws for the environment: it warns, names what is wrong, and goes on with what is next", () => {
    const options = fromEnv({
      GATEWATCH_DEBUG: "maybe",
      GATEWATCH_MODE: "sync",
      GATEWATCH_TIMING_SLOW_MS: "-1",
      GATEWATCH_URL: "ftp://x",
      GATEWATCH_TRUST_PROXY: "1",
      GATEWATCH_TOKN: "x",
      GATEWATCH_HOST: "0.0.0.0",
      GATEWATCH_SOMETHING_ELSE_ENTIRELY: "1",
      AI_AGENT_TIMEOUT: "soon",
    });
    expect(options).toMatchObject({
      debug: false,
      mode: "background",
      url: null,
      trustProxy: [],
      timing: { slowMs: 1000 },
    });
    expect(options.warnings).toEqual([
      'GATEWATCH_URL is "ftp://x"; allowed is an address that begins with http:// or https://. It is ignored.',
      'GATEWATCH_MODE is "sync"; allowed is one of background, await. It is ignored.',
      expect.stringContaining("count of hops"),
      'GATEWATCH_DEBUG is "maybe"; allowed is true or false (1, yes, on; 0, no, off). It is ignored.',
      'GATEWATCH_TIMING_SLOW_MS is "-1"; allowed is a whole number from 0 to 3600000. It is ignored.',
      'AI_AGENT_TIMEOUT is "soon"; allowed is a whole number from 1 to 600000. It is ignored.',
      "GATEWATCH_TOKN is not known; did you mean GATEWATCH_TOKEN? It is ignored.",
      "GATEWATCH_SOMETHING_ELSE_ENTIRELY is not known: no option has such a variable. Ignored.",
    ]);
  });

  it("says once which variables no option has, and nothing of those of others", () => {
    const strange = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [`GATEWATCH_ZEBRA_STRIPE_${index}`, "1"]),
    );
    const others = {
      GATEWATCH_HOST: "0.0.0.0",
      GATEWATCH_ANALYST_KEY: "k",
      GATEWATCH_SERVICE_HOST: "10.0.0.1",
      GATEWATCH_SERVICE_PORT: "80",
      GATEWATCH_SERVICE_PORT_HTTP: "80",
      GATEWATCH_PORT_80_TCP_ADDR: "10.0.0.1",
      GATEWATCHER_URL: "x",
      ZEBRA: "1",
    };
    expect(fromEnv(others).warnings).toEqual([]);
    expect(fromEnv({ ...others, GATEWATCH_CACHE_PATHS: "{}" }).warnings).toEqual([
      "GATEWATCH_CACHE_PATHS is not known: no option has such a variable. Ignored.",
    ]);
    const { warnings } = fromEnv({ ...strange, GATEWATCH_TOKN: "t" });
    expect(warnings).toHaveLength(2);
    expect(warnings[1]).toMatch(
      /^(?:GATEWATCH_ZEBRA_STRIPE_\d+, ){9}GATEWATCH_ZEBRA_STRIPE_\d+ and 2 more are not known/,
    );
  });

  it("throws for a mistake in code, with the option, what was found and what is allowed", () => {
    expect(refusal({ tokn: "x" })).toEqual({
      code: "unknown_option",
      option: "tokn",
      message: "The option tokn does not exist. Did you mean token?",
    });
    expect(refusal({ capture: { maxBodyByte: 1 } }).message).toContain("Did you mean capture.maxBodyBytes?");
    expect(refusal({ zebra: 1 }).message).toContain("Known are preset, enabled, url");
    expect(refusal({ capture: { maxBodyBytes: 1.5 } }).message).toBe(
      "capture.maxBodyBytes is 1.5; allowed is a whole number from 0 to 1048576.",
    );
    expect(refusal({ clientAddress: "mask" }).message).toBe(
      'clientAddress is "mask"; allowed is one of keep, hash, drop.',
    );
    expect(refusal({ capture: true }).message).toContain("capture must be an object with body");
    expect(refusal({ requestId: { header: "bad name" } }).code).toBe("invalid_option");
    expect(refusal(null).code).toBe("invalid_option");
  });

  it("does not repeat a secret in its message", () => {
    expect(refusal({ token: 12345 }).message).toBe("token is a number; allowed is a text.");
  });

  it.each([true, "true", 1, "2"])("refuses trustProxy %j with the reason", (value) => {
    const { code, message } = refusal({ trustProxy: value });
    expect(code).toBe("unsafe_option");
    expect(message).toMatch(/Name the proxies instead/);
  });

  it("takes trustProxy as a list or as one text, and false for nobody", () => {
    expect(resolveOptions({ trustProxy: "loopback, 10.0.0.0/8" }, nothing).trustProxy).toEqual([
      "loopback",
      "10.0.0.0/8",
    ]);
    expect(resolveOptions({ trustProxy: ["::1"] }, nothing).trustProxy).toEqual(["::1"]);
    expect(fromEnv({ GATEWATCH_TRUST_PROXY: "false" })).toMatchObject({ trustProxy: [], warnings: [] });
    expect(refusal({ trustProxy: ["10.0.0.0/40"] }).message).toContain('"10.0.0.0/40" is no address');
  });

  it("takes a boolean for a layer", () => {
    const options = resolveOptions({ accessLog: false, timing: { slowMs: 5 } }, nothing);
    expect(options.accessLog).toEqual({ ...DEFAULTS.accessLog, enabled: false });
    expect(options.timing).toEqual({ ...DEFAULTS.timing, slowMs: 5 });
  });

  it("takes one text, or several with commas, where a list of them is meant", () => {
    const given: ConfigOptions = {
      skip: "/health, /ready",
      accessLog: { headers: "*" },
      errorBoundary: { notify: 500, count: "4xx,5xx" },
      cors: { origins: "https://a.test", methods: "get" },
      rateLimit: { skip: "/health", penaltyOn: "401" },
      email: { to: "a@b.test" },
    };
    expect(resolveOptions(given, nothing)).toMatchObject({
      skip: ["/health", "/ready"],
      accessLog: { headers: ["*"] },
      errorBoundary: { notify: [500], count: ["4xx", "5xx"] },
      cors: { origins: "https://a.test", methods: ["GET"] },
      rateLimit: { skip: ["/health"], penaltyOn: ["401"] },
      email: { to: ["a@b.test"] },
    });
  });

  it("treats undefined as not given", () => {
    expect(resolveOptions({ token: undefined, timing: undefined } as object, nothing)).toMatchObject({ token: null });
  });
});

describe("parseDotenv()", () => {
  it("reads what people write", () => {
    const text = [
      "\uFEFFA=1",
      "export B = two words ",
      "C='single # kept'",
      'D="double\\nline" # comment',
      "E=bare # comment",
      "F=a#b",
      "G=",
      "# H=1",
      "not an assignment",
      "I=`tick`",
      "A=again\r",
      "",
    ].join("\n");
    expect(parseDotenv(text)).toEqual({
      A: "again",
      B: "two words",
      C: "single # kept",
      D: "double\nline",
      E: "bare",
      F: "a#b",
      G: "",
      I: "tick",
    });
  });
});

describe("suggestName()", () => {
  const names = ["token", "timing", "trustProxy", "url"];
  it.each([
    ["tokne", "token"],
    ["trustproxy", "trustProxy"],
    ["trust_proxy", "trustProxy"],
    ["timming", "timing"],
    ["zebra", undefined],
    ["x", undefined],
  ])("%s → %s", (name, expected) => {
    expect(suggestName(name, names)).toBe(expected);
  });
});

describe("presets and the configuration file", () => {
  it("prefer whatever is set by name: code, environment, file, preset, defaults", () => {
    const file = { preset: "ai-video", service: "from-file", timing: { slowMs: 700 } };
    const options = resolveOptions({ service: "code" }, { ...nothing, file });
    expect([options.preset, options.service, options.timing.slowMs]).toEqual(["ai-video", "code", 700]);
    expect(options.timing.processingTimeHeader).toBe(true);
    const other = resolveOptions(
      {},
      { env: { GATEWATCH_PRESET: "api", GATEWATCH_TIMING_SLOW_MS: "5" }, dotenv: "", file },
    );
    expect([other.preset, other.timing.slowMs]).toEqual(["api", 5]);
  });

  it("refuse what does not exist", () => {
    expect(refusal({ preset: "fast" }).message).toContain("allowed is one of api, web, strict, ai-video");
    expect(() => resolveOptions({}, { ...nothing, file: { timming: {} } })).toThrow("Did you mean timing?");
  });
});
