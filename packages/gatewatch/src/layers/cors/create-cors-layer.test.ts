import { describe, expect, it } from "vitest";
import { createBodyStandIn } from "../../gate/body-stand-in.ts";
import type { EarlyReply, Exchange } from "../../gate/exchange.ts";
import { ConfigError } from "../../options/config-error.ts";
import { DEFAULTS } from "../../options/defaults.ts";
import type { CorsOptions } from "../../options/groups/cors.ts";
import { OPTION_TABLE } from "../../options/option-table.ts";
import { parseValue } from "../../options/parse-value.ts";
import { createExchangeStandIn } from "../../record/exchange-stand-in.ts";
import { createHeadStandIn } from "../head-stand-in.ts";
import { createCorsLayer, isCorsNeeded } from "./create-cors-layer.ts";

const APP = "https://app.test";
const METHODS = "GET, HEAD, PUT, PATCH, POST, DELETE";

type Rules = Partial<CorsOptions>;
type Lines = Record<string, string>;

const options = (rules: Rules): CorsOptions => ({ ...DEFAULTS.cors, ...rules });

interface Answer {
  /** Undefined: the app was asked. */
  reply: number | undefined;
  headers: Lines;
}

/** One exchange through the layer; the app answers 200 with `own` when it is asked. */
async function exchange(rules: Rules, method: string, headers: Lines, own: Lines = {}, url = "/"): Promise<Answer> {
  const layer = createCorsLayer(options(rules));
  const x: Exchange = createExchangeStandIn({ method, headers, url });
  const reply = (await layer.onRequest?.(x)) as EarlyReply | undefined;
  const head = createHeadStandIn((reply?.headers as Lines | undefined) ?? own, reply?.status ?? 200);
  layer.onHead?.(x, head, createBodyStandIn());
  return { reply: reply?.status, headers: head.all() };
}

const get = async (rules: Rules, origin?: string, own: Lines = {}, url = "/"): Promise<Lines> =>
  (await exchange(rules, "GET", origin === undefined ? {} : { origin }, own, url)).headers;

const preflight = async (rules: Rules, headers: Lines = {}, own: Lines = {}): Promise<Answer> =>
  await exchange(rules, "OPTIONS", { origin: APP, "access-control-request-method": "PUT", ...headers }, own);

describe("cors: simple answers", () => {
  it.each<[string, Rules, string | undefined, Lines]>([
    ["an allowed origin", { origins: APP }, APP, { "access-control-allow-origin": APP, vary: "Origin" }],
    ["another origin", { origins: APP }, "https://other.test", { vary: "Origin" }],
    ["no origin", { origins: APP }, undefined, { vary: "Origin" }],
    ["null", { origins: APP }, "null", { vary: "Origin" }],
    [
      "an origin of a list",
      { origins: [APP, "https://b.test"] },
      "https://b.test",
      { "access-control-allow-origin": "https://b.test", vary: "Origin" },
    ],
    [
      "a sub-domain",
      { origins: "https://*.b.test" },
      "https://x.b.test",
      { "access-control-allow-origin": "https://x.b.test", vary: "Origin" },
    ],
    [
      "a pattern",
      { origins: /^https:\/\/x\d\.b\.test$/ },
      "https://x1.b.test",
      { "access-control-allow-origin": "https://x1.b.test", vary: "Origin" },
    ],
    ["everybody", { origins: "*" }, APP, { "access-control-allow-origin": "*" }],
    ["everybody, without an origin", { origins: "*" }, undefined, { "access-control-allow-origin": "*" }],
    ["everybody, and null", { origins: "*" }, "null", { "access-control-allow-origin": "*" }],
    ["true as everybody", { origins: true }, APP, { "access-control-allow-origin": "*" }],
    ["nobody", { origins: false }, APP, {}],
    ["an empty list", { origins: [] }, APP, {}],
    ["a function that agrees", { origins: () => true }, APP, { "access-control-allow-origin": APP, vary: "Origin" }],
    ["a function that does not", { origins: () => false }, APP, { vary: "Origin" }],
    [
      "a function that waits and agrees",
      { origins: async () => true },
      APP,
      { "access-control-allow-origin": APP, vary: "Origin" },
    ],
    ["a function that waits and does not", { origins: async () => false }, APP, { vary: "Origin" }],
    [
      "a function that throws",
      {
        origins: () => {
          throw new Error("no");
        },
      },
      APP,
      { vary: "Origin" },
    ],
    [
      "a function that rejects",
      {
        origins: async () => {
          throw new Error("no");
        },
      },
      APP,
      { vary: "Origin" },
    ],
    ["a function, and null", { origins: () => true }, "null", { vary: "Origin" }],
    ["a function, and no origin", { origins: () => true }, undefined, { vary: "Origin" }],
    ["a function, and nonsense", { origins: () => true }, "<script>", { vary: "Origin" }],
    ["a truthy answer that is not true", { origins: (() => "yes") as never }, APP, { vary: "Origin" }],
    [
      "credentials",
      { origins: APP, credentials: true },
      APP,
      { "access-control-allow-origin": APP, "access-control-allow-credentials": "true", vary: "Origin" },
    ],
    ["credentials, another origin", { origins: APP, credentials: true }, "https://b.test", { vary: "Origin" }],
    [
      "exposed headers",
      { origins: APP, exposedHeaders: ["X-A", "X-B"] },
      APP,
      { "access-control-allow-origin": APP, "access-control-expose-headers": "X-A, X-B", vary: "Origin" },
    ],
    [
      "exposed headers, another origin",
      { origins: APP, exposedHeaders: ["X-A"] },
      "https://b.test",
      { vary: "Origin" },
    ],
    [
      "exposed headers for everybody",
      { origins: "*", exposedHeaders: ["X-A"] },
      APP,
      { "access-control-allow-origin": "*", "access-control-expose-headers": "X-A" },
    ],
    [
      "exposing all",
      { origins: "*", exposedHeaders: ["*"] },
      APP,
      { "access-control-allow-origin": "*", "access-control-expose-headers": "*" },
    ],
  ])("%s", async (_name, rules, origin, headers) => {
    expect(await get(rules, origin)).toEqual(headers);
  });

  it.each<[own: Lines, headers: Lines]>([
    [{ Vary: "Accept" }, { vary: "Accept, Origin", "access-control-allow-origin": APP }],
    [{ Vary: "Origin" }, { vary: "Origin", "access-control-allow-origin": APP }],
    [{ Vary: "origin, Accept" }, { vary: "origin, Accept", "access-control-allow-origin": APP }],
    [{ Vary: "Accept,ORIGIN" }, { vary: "Accept,ORIGIN", "access-control-allow-origin": APP }],
    [{ Vary: "*" }, { vary: "*", "access-control-allow-origin": APP }],
    [{ Vary: "X-Origin" }, { vary: "X-Origin, Origin", "access-control-allow-origin": APP }],
    [{ Vary: "" }, { vary: "Origin", "access-control-allow-origin": APP }],
    [
      { "Access-Control-Allow-Origin": "https://mine.test" },
      { vary: "Origin", "access-control-allow-origin": "https://mine.test" },
    ],
    [
      { "Access-Control-Expose-Headers": "X-Mine" },
      { vary: "Origin", "access-control-allow-origin": APP, "access-control-expose-headers": "X-Mine" },
    ],
  ])("keeps what the app has set: %j", async (own, headers) => {
    expect(
      await get({ origins: APP, exposedHeaders: "Access-Control-Expose-Headers" in own ? ["X-A"] : [] }, APP, own),
    ).toEqual(headers);
  });

  it.each<[string, string, Lines]>([
    ["GET", "GET", { "access-control-allow-origin": "*" }],
    ["OPTIONS", "GET", { "access-control-allow-origin": "*" }],
    ["OPTIONS", "PUT", {}],
    ["PUT", "PUT", {}],
  ])("a route with a method holds for it and for preflights about it: %s, %s", async (method, asked, headers) => {
    const layer = createCorsLayer(options({ routes: { "GET /x": { origins: "*", preflight: "continue" } } as never }));
    const head = createHeadStandIn({}, 200);
    const facts = { origin: APP, "access-control-request-method": asked };
    layer.onHead?.(createExchangeStandIn({ method, url: "/x", headers: facts }), head, createBodyStandIn());
    expect(head.get("access-control-allow-origin")).toBe(headers["access-control-allow-origin"]);
  });

  it.each([429, 404, 500, 304, 401])("is on answers with the status %d", (status) => {
    const layer = createCorsLayer(options({ origins: APP }));
    const head = createHeadStandIn({}, status);
    layer.onHead?.(createExchangeStandIn({ headers: { origin: APP } }), head, createBodyStandIn());
    expect(head.get("access-control-allow-origin")).toBe(APP);
  });

  it.each<[string, Lines]>([
    ["/", { "access-control-allow-origin": APP, vary: "Origin" }],
    ["/public", { "access-control-allow-origin": "*" }],
    ["/public/x", { "access-control-allow-origin": "*" }],
    ["/internal", {}],
    ["/internal/open", { "access-control-allow-origin": APP, vary: "Origin" }],
    ["/Public/x", { "access-control-allow-origin": "*" }],
    ["/%69nternal", {}],
    ["//internal", {}],
    ["/x/../internal", {}],
    ["/public/..%2finternal", {}],
    ["/public/../x", {}],
  ])("routes have their own rules: %s", async (url, headers) => {
    const routes = { "/public*": { origins: "*" }, "/internal*": false, "/internal/open": {} } as const;
    expect(await get({ origins: APP, routes }, APP, {}, url)).toEqual(headers);
  });

  it("lets a layer of one route decide for it", () => {
    const x = createExchangeStandIn({ headers: { origin: "https://b.test" } });
    const head = createHeadStandIn();
    createCorsLayer(options({ origins: "https://b.test" })).onHead?.(x, head, createBodyStandIn());
    createCorsLayer(options({ origins: APP, exposedHeaders: ["X-A"] })).onHead?.(x, head, createBodyStandIn());
    expect(head.all()).toEqual({ "access-control-allow-origin": "https://b.test", vary: "Origin" });
  });

  it("counts what the app's own function gets wrong", async () => {
    const layer = createCorsLayer(options({ origins: async () => Promise.reject(new Error("no")) }));
    await layer.onRequest?.(createExchangeStandIn({ headers: { origin: APP } }));
    expect(layer.stats?.()).toEqual({ preflights: 0, preflightsRefused: 0, originTestsFailed: 1 });
  });
});

describe("cors: preflights", () => {
  const usual = {
    "access-control-allow-origin": APP,
    "access-control-allow-methods": METHODS,
    "access-control-max-age": "600",
  };

  it.each<[string, Rules, Lines, number, Lines]>([
    ["the default", { origins: APP }, {}, 204, { ...usual, vary: "Access-Control-Request-Headers, Origin" }],
    [
      "reflected headers",
      { origins: APP },
      { "access-control-request-headers": "x-a, X-B" },
      204,
      { ...usual, "access-control-allow-headers": "x-a, X-B", vary: "Access-Control-Request-Headers, Origin" },
    ],
    [
      "headers of a list",
      { origins: APP, allowedHeaders: ["X-A", "X-B"] },
      { "access-control-request-headers": "x-c" },
      204,
      { ...usual, "access-control-allow-headers": "X-A, X-B", vary: "Origin" },
    ],
    [
      "an empty list of headers",
      { origins: APP, allowedHeaders: [] },
      { "access-control-request-headers": "x-c" },
      204,
      { ...usual, vary: "Origin" },
    ],
    [
      "any header",
      { origins: "*", allowedHeaders: ["*"] },
      {},
      204,
      { ...usual, "access-control-allow-origin": "*", "access-control-allow-headers": "*" },
    ],
    [
      "methods of a list",
      { origins: APP, methods: ["GET"], allowedHeaders: [] },
      {},
      204,
      { ...usual, "access-control-allow-methods": "GET", vary: "Origin" },
    ],
    [
      "any method",
      { origins: "*", methods: ["*"], allowedHeaders: [] },
      {},
      204,
      { ...usual, "access-control-allow-origin": "*", "access-control-allow-methods": "*" },
    ],
    [
      "another age",
      { origins: APP, maxAgeSeconds: 86_400, allowedHeaders: [] },
      {},
      204,
      { ...usual, "access-control-max-age": "86400", vary: "Origin" },
    ],
    [
      "no age",
      { origins: APP, maxAgeSeconds: 0, allowedHeaders: [] },
      {},
      204,
      { ...usual, "access-control-max-age": "0", vary: "Origin" },
    ],
    [
      "credentials",
      { origins: APP, credentials: true, allowedHeaders: [] },
      {},
      204,
      { ...usual, "access-control-allow-credentials": "true", vary: "Origin" },
    ],
    ["everybody", { origins: "*", allowedHeaders: [] }, {}, 204, { ...usual, "access-control-allow-origin": "*" }],
    ["another origin", { origins: "https://b.test" }, {}, 204, { vary: "Origin" }],
    ["null", { origins: APP }, { origin: "null" }, 204, { vary: "Origin" }],
    ["a function that agrees", { origins: () => true, allowedHeaders: [] }, {}, 204, { ...usual, vary: "Origin" }],
    ["a function that waits", { origins: async () => true, allowedHeaders: [] }, {}, 204, { ...usual, vary: "Origin" }],
    ["a function that does not agree", { origins: async () => false }, {}, 204, { vary: "Origin" }],
    ["a function that rejects", { origins: async () => Promise.reject(new Error("no")) }, {}, 204, { vary: "Origin" }],
    [
      "the private network, not asked for",
      { origins: APP, privateNetwork: true, allowedHeaders: [] },
      {},
      204,
      { ...usual, vary: "Access-Control-Request-Private-Network, Origin" },
    ],
    [
      "the private network",
      { origins: APP, privateNetwork: true, allowedHeaders: [] },
      { "access-control-request-private-network": "true" },
      204,
      {
        ...usual,
        "access-control-allow-private-network": "true",
        vary: "Access-Control-Request-Private-Network, Origin",
      },
    ],
    [
      "the private network, not allowed",
      { origins: APP, allowedHeaders: [] },
      { "access-control-request-private-network": "true" },
      204,
      { ...usual, vary: "Origin" },
    ],
    [
      "the private network, said otherwise",
      { origins: APP, privateNetwork: true, allowedHeaders: [] },
      { "access-control-request-private-network": "1" },
      204,
      { ...usual, vary: "Access-Control-Request-Private-Network, Origin" },
    ],
    [
      "headers that are none",
      { origins: APP },
      { "access-control-request-headers": "a b" },
      204,
      { ...usual, vary: "Access-Control-Request-Headers, Origin" },
    ],
    [
      "headers without end",
      { origins: APP },
      { "access-control-request-headers": "a,".repeat(2000) },
      204,
      { ...usual, vary: "Access-Control-Request-Headers, Origin" },
    ],
    [
      "an empty list that is asked for",
      { origins: APP },
      { "access-control-request-headers": "" },
      204,
      { ...usual, vary: "Access-Control-Request-Headers, Origin" },
    ],
    [
      "strictly, and allowed",
      { origins: APP, strictPreflight: true, allowedHeaders: ["X-A"] },
      { "access-control-request-headers": "x-a" },
      204,
      { ...usual, "access-control-allow-headers": "X-A", vary: "Origin" },
    ],
    ["strictly, another origin", { origins: "https://b.test", strictPreflight: true }, {}, 403, { vary: "Origin" }],
  ])("%s", async (_name, rules, asked, status, headers) => {
    expect(await preflight(rules, asked)).toEqual({ reply: status, headers });
  });

  it.each<[string, Lines]>([
    ["another method", { "access-control-request-method": "TRACE" }],
    ["another header", { "access-control-request-headers": "x-a, x-b" }],
  ])("strictly, %s is refused", async (_name, asked) => {
    const { reply } = await preflight({ origins: APP, strictPreflight: true, allowedHeaders: ["X-A"] }, asked);
    expect(reply).toBe(403);
  });

  it.each<[string, Lines, boolean, number | undefined]>([
    ["OPTIONS without an origin", { "access-control-request-method": "PUT" }, false, undefined],
    ["OPTIONS without a method", { origin: APP }, false, undefined],
    ["OPTIONS of its own kind", {}, false, undefined],
    ["strictly, OPTIONS without an origin", { "access-control-request-method": "PUT" }, true, 400],
    ["strictly, OPTIONS without a method", { origin: APP }, true, 400],
  ])("%s is no preflight", async (_name, headers, strictPreflight, reply) => {
    expect((await exchange({ origins: APP, strictPreflight }, "OPTIONS", headers)).reply).toBe(reply);
  });

  it.each(["GET", "POST", "HEAD", "DELETE", "options"])("%s is no preflight, whatever it asks", async (method) => {
    const { reply } = await exchange({ origins: APP }, method, { origin: APP, "access-control-request-method": "PUT" });
    expect(reply).toBeUndefined();
  });

  it("passes preflights on with our headers where the app answers them", async () => {
    expect(await preflight({ origins: APP, preflight: "pass" }, {}, { Allow: "PUT" })).toEqual({
      reply: undefined,
      headers: { allow: "PUT", ...usual, vary: "Origin, Access-Control-Request-Headers" },
    });
    const own = { "Access-Control-Allow-Methods": "PUT" };
    expect(
      (await preflight({ origins: APP, preflight: "pass" }, {}, own)).headers["access-control-allow-methods"],
    ).toBe("PUT");
    expect((await preflight({ origins: "https://b.test", preflight: "pass" }, {}, {})).headers).toEqual({
      vary: "Origin",
    });
  });

  it("counts preflights", async () => {
    const layer = createCorsLayer(options({ origins: APP }));
    for (const origin of [APP, APP, "https://b.test"]) {
      await layer.onRequest?.(
        createExchangeStandIn({ method: "OPTIONS", headers: { origin, "access-control-request-method": "GET" } }),
      );
    }
    expect(layer.stats?.()).toEqual({ preflights: 3, preflightsRefused: 1, originTestsFailed: 0 });
  });
});

describe("cors: what is refused at start", () => {
  it.each<[string, Rules, string, RegExp]>([
    ["credentials for everybody", { origins: "*" }, "cors.credentials", /any page on the web could read/],
    ["credentials for a list with *", { origins: [APP, "*"] }, "cors.credentials", /cors\.origins is "\*"/],
    ["credentials for true", { origins: true }, "cors.credentials", /any page on the web/],
    ["credentials for a pattern that lets all in", { origins: /^.*$/ }, "cors.credentials", /\/\^\.\*\$\//],
    ["credentials for a pattern of schemes", { origins: /^https?:\/\/.+$/ }, "cors.credentials", /any page on the web/],
    [
      "credentials for everybody on one route",
      { origins: APP, routes: { "/x": { origins: "*" } } },
      'cors.routes["/x"].credentials',
      /any page on the web/,
    ],
  ])("%s", (_name, rules, option, message) => {
    const create = (): unknown => createCorsLayer(options({ ...rules, credentials: true }));
    expect(create).toThrow(ConfigError);
    expect(create).toThrow(expect.objectContaining({ code: "unsafe_option", option }));
    expect(create).toThrow(message);
    expect(() => createCorsLayer(options(rules))).not.toThrow();
  });

  it.each<[keyof CorsOptions]>([["methods"], ["allowedHeaders"], ["exposedHeaders"]])(
    "* in %s with credentials",
    (name) => {
      expect(() => createCorsLayer(options({ origins: APP, credentials: true, [name]: ["*"] }))).toThrow(
        /a mere name in answers with credentials/,
      );
    },
  );

  const parse = (key: keyof CorsOptions, value: unknown): unknown =>
    parseValue(
      OPTION_TABLE.find((row) => row.key === `cors.${key}`)!,
      value,
      `cors.${key}`,
    );

  it.each<[keyof CorsOptions, unknown, RegExp]>([
    ["origins", "a.test", /^cors\.origins: "a\.test" is no origin.*; allowed is origins such as/],
    ["origins", /a\.test/, /not anchored/],
    ["methods", ["GE T"], /"GE T" is no name; allowed is a list of methods/],
    ["methods", 5, /5 is no name/],
    ["allowedHeaders", ["X-A\r\nX-B"], /is no name/],
    ["exposedHeaders", ["X A"], /is no name/],
    ["credentials", "maybe", /true or false/],
    ["maxAgeSeconds", -1, /a whole number from 0/],
    ["preflight", "continue", /one of answer, pass/],
    ["routes", { "/x": { origin: "*" } }, /did you mean origins\?/],
    ["routes", { "/x": { origins: "null" } }, /\/x, origins: "null" is the origin of every sandboxed/],
    ["routes", { "/x": { maxAgeSeconds: "1" } }, /\/x, maxAgeSeconds/],
    ["routes", { "/x": { preflight: "continue" } }, /\/x, preflight/],
    ["routes", { "/x": { credentials: 1 } }, /\/x, credentials/],
    ["routes", { "/x": true }, /has no rules/],
    ["routes", { x: false }, /is no path/],
    ["routes", [], /is no object/],
  ])("%s: %j", (key, value, message) => {
    expect(() => parse(key, value)).toThrow(message);
  });

  it.each<[keyof CorsOptions, unknown, unknown]>([
    ["methods", "get, post", ["GET", "POST"]],
    ["methods", ["GET", "get"], ["GET"]],
    ["allowedHeaders", "X-A, X-B", ["X-A", "X-B"]],
    ["allowedHeaders", null, null],
    ["origins", null, false],
    [
      "routes",
      { "/x": { origins: "*", maxAgeSeconds: 5, preflight: "pass", credentials: false }, "/y*": false },
      { "/x": { origins: "*", maxAgeSeconds: 5, preflight: "pass", credentials: false }, "/y*": false },
    ],
  ])("takes %s: %j", (key, value, parsed) => {
    expect(parse(key, value)).toEqual(parsed);
  });

  it.each<[Rules, boolean]>([
    [{}, false],
    [{ origins: [] }, false],
    [{ origins: APP }, true],
    [{ origins: "*" }, true],
    [{ origins: APP, enabled: false }, false],
    [{ routes: { "/x": { origins: "*" } } }, true],
  ])("is off until origins are named: %j", (rules, isNeeded) => {
    expect(isCorsNeeded(options(rules))).toBe(isNeeded);
  });
});
