import { EventEmitter } from "node:events";
import { createServer, type IncomingMessage, ServerResponse } from "node:http";
import express, { type Express } from "express";
import { describe, expect, it } from "vitest";
import type { Gatewatch } from "../create-gatewatch.ts";
import { createProbe } from "./contract/probe.ts";
import { gatewatch as guardExpress } from "./express.ts";
import { gatewatch as guardListener } from "./http.ts";

/** Requests as tests and serverless bridges make them: only what their makers thought of. */
const REQUESTS: readonly [string, () => object][] = [
  ["no socket", () => Object.assign(new EventEmitter(), { method: "GET", url: "/a", headers: {} })],
  [
    "a socket that is null",
    () => Object.assign(new EventEmitter(), { method: "GET", url: "/a", headers: {}, socket: null }),
  ],
  ["no headers", () => Object.assign(new EventEmitter(), { method: "GET", url: "/a", socket: {} })],
];

const GUARDS: readonly [string, (app: Express, core: Gatewatch) => unknown][] = [
  ["app.use(gatewatch())", (app, core) => app.use(guardExpress(core))],
  ["gatewatch(app)", (app, core) => guardExpress(app, core)],
];

/** Of another request: Node itself reads the socket of a response's request. */
function createAnswer(): ServerResponse {
  return new ServerResponse({ method: "GET", httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage);
}

describe.each(REQUESTS)("a request with %s", (_what, make) => {
  it.each(GUARDS)("is served by Express behind %s", (_how, guard) => {
    const probe = createProbe();
    const app = express();
    guard(app, probe.gatewatch);
    const facts: unknown[] = [];
    app.get("/a", (request, response) => {
      request.gatewatch.set("plan", "gold").addBreadcrumb("here");
      facts.push(request.gatewatch.requestId, request.gatewatch.trace.traceId, request.gatewatch.clientAddress);
      response.end("fine");
    });
    const request = make();
    const response = createAnswer();
    const handedOn: unknown[] = [];
    (app as unknown as { handle(...args: unknown[]): void }).handle(request, response, (error: unknown) =>
      handedOn.push(error),
    );
    expect(handedOn).toEqual([]);
    expect(response.writableEnded).toBe(true);
    expect(facts).toEqual([expect.any(String), expect.any(String), undefined]);
  });

  it("is served by a listener of node:http", () => {
    const probe = createProbe();
    const listener = guardListener((request, response) => {
      request.gatewatch.set("plan", "gold");
      response.end("fine");
    }, probe.gatewatch);
    const request = make();
    const response = createAnswer();
    listener.call(createServer(), request as IncomingMessage, response as never);
    expect(response.writableEnded).toBe(true);
  });
});

describe("a request of which nothing can be known", () => {
  it("is served, and facts set on it go nowhere", () => {
    const request = {
      method: "GET",
      url: "/a",
      headers: {},
      get socket(): never {
        throw new Error("no socket here");
      },
    };
    const response = createAnswer();
    const listener = guardListener((incoming, answer) => {
      const { gatewatch } = incoming;
      answer.end(typeof gatewatch.set("plan", "gold").addBreadcrumb("here").captureError(new Error("x")));
    }, createProbe().gatewatch);
    listener.call(createServer(), request as unknown as IncomingMessage, response as never);
    expect(response.writableEnded).toBe(true);
  });
});

describe("a request that cannot be written to", () => {
  it("is served all the same", () => {
    const request = Object.freeze(Object.assign(new EventEmitter(), { method: "GET", url: "/a", headers: {} }));
    const response = createAnswer();
    const probe = createProbe();
    const listener = guardListener((_request, answer) => answer.end("fine"), probe.gatewatch);
    listener.call(createServer(), request as unknown as IncomingMessage, response as never);
    expect(response.writableEnded).toBe(true);
    expect(probe.notices.map(({ code }) => code)).toContain("hook_failed");
  });
});
