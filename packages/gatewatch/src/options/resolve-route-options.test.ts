import { describe, expect, it } from "vitest";
import * as express from "../adapters/express.ts";
import * as fastify from "../adapters/fastify.ts";
import * as fetch from "../adapters/fetch.ts";
import * as hono from "../adapters/hono.ts";
import * as http from "../adapters/http.ts";
import * as koa from "../adapters/koa.ts";
import * as nest from "../adapters/nest.ts";
import * as next from "../adapters/next.ts";
import { resolveRouteOptions, type RouteOptions } from "./resolve-route-options.ts";

const OPEN = { cors: { origins: "*", credentials: true } } as const satisfies RouteOptions;

describe("what guard() is given", () => {
  it.each<[RouteOptions, string, RegExp]>([
    [OPEN, "unsafe_option", /any page on the web could read the answers/],
    [{ cors: { origins: [/^https?:\/\/.*$/], credentials: true } }, "unsafe_option", /any page on the web/],
    [
      { cors: { origins: "https://a.test", credentials: true, methods: ["*"] } },
      "invalid_option",
      /cors\.methods has "\*"/,
    ],
    [
      { cors: { credentials: true, routes: { "/x": { origins: "*" } } } },
      "unsafe_option",
      /cors\.routes\["\/x"\]\.credentials is true/,
    ],
    [{ cors: { origins: "https://a.test/path" } }, "invalid_option", /cors\.origins/],
    [{ cache: { routes: { "/*": { ttlMs: 1, ignoreCookies: true } } } }, "unsafe_option", /made for one user/],
    [{ cache: { keyHeaders: ["no header"] } }, "invalid_option", /cache\.keyHeaders/],
    [
      { rateLimit: { routes: { "/a": { group: "g" }, "/b": { group: "g", windowMs: 5000 } } } },
      "invalid_option",
      /shares the counter "g"/,
    ],
    [{ rateLimit: { skip: ["a"] } }, "invalid_option", /"a" is no path/],
  ])("is refused at once, with the reason: %j", (options, code, reason) => {
    expect(() => resolveRouteOptions(options)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(reason) }),
    );
  });

  it.each<[string, () => unknown]>([
    ["Express", () => express.guard(OPEN)],
    ["Fastify", () => fastify.guard(OPEN)],
    ["Koa", () => koa.guard(OPEN)],
    ["Hono", () => hono.guard(OPEN)],
    ["Nest", () => nest.guard(OPEN)],
    ["Next", () => next.guard(OPEN, () => undefined)],
    ["node:http", () => http.guard(OPEN, () => undefined)],
    ["a fetch handler", () => fetch.guard(OPEN, () => new Response())],
  ])("is refused by the guard() of %s", (_name, guard) => {
    expect(guard).toThrow("cors.credentials is true while cors.origins is");
  });

  it.each<[RouteOptions]>([
    [{ cors: { credentials: true } }],
    [{ cors: false }],
    [{ cache: false, rateLimit: false }],
    [{ rateLimit: { routes: { "/a": { group: "g" }, "/b": { group: "g" }, "/c": false, "/d": 5 } } }],
  ])("is taken: %j", (options) => {
    expect(resolveRouteOptions(options).given).toEqual(Object.keys(options));
  });
});
