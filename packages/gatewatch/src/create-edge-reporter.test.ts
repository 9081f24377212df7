import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ErrorEvent } from "@gatewatch/protocol";
import { createEdgeReporter } from "./create-edge-reporter.ts";
import { type ServerStandIn, startServerStandIn } from "./ship/server-stand-in.ts";

let server: ServerStandIn;
beforeEach(async () => {
  server = await startServerStandIn();
});
afterEach(() => server.stop());

function firstError(): ErrorEvent {
  return server.batches[0]?.events?.[0] as ErrorEvent;
}

describe("createEdgeReporter()", () => {
  it("sends an error with its causes and its place, without its secrets", async () => {
    const reporter = createEdgeReporter({ url: `${server.url}/`, token: "gatewatch_in_x", service: "shop" });
    const cause = Object.assign(new TypeError("password=hunter2hunter2"), { code: "E_INNER" });
    await reporter.report(new Error("outer", { cause }), {
      method: "GET",
      url: "/a?token=abcdefghijklmnop",
      route: "/a",
      attributes: { "next.digest": "1" },
    });
    expect(server.headers[0]).toMatchObject({ authorization: "Bearer gatewatch_in_x" });
    expect(server.batches[0]).toMatchObject({
      batch: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      resource: { service: "shop", runtime: "edge" },
    });
    expect(firstError()).toMatchObject({
      mechanism: "next",
      exceptions: [
        { type: "Error", message: "outer" },
        { type: "TypeError", code: "E_INNER", parent: 0, relation: "cause" },
      ],
      request: { method: "GET", route: "/a" },
      attributes: { "next.digest": "1" },
    });
    expect(firstError().exceptions[0]?.frames[0]).toMatchObject({
      file: expect.stringContaining("create-edge-reporter.test.ts"),
      inApp: true,
    });
    expect(JSON.stringify(server.batches)).not.toMatch(/hunter2|abcdefghijklmnop/);
    expect(reporter.stats()).toEqual({ sent: 1, dropped: 0 });
  });

  it.each([["text"], [42], [null], [undefined], [{ message: 7 }], [Object.create(null)]])(
    "takes whatever was thrown: %s",
    async (thrown) => {
      const reporter = createEdgeReporter({ url: server.url });
      await reporter.report(thrown, {});
      expect(reporter.stats()).toEqual({ sent: 1, dropped: 0 });
      expect(firstError().exceptions).toHaveLength(1);
    },
  );

  it("sends one object once", async () => {
    const reporter = createEdgeReporter({ url: server.url });
    const error = new Error("x");
    await Promise.all([reporter.report(error, {}), reporter.report(error, {})]);
    expect(reporter.stats()).toEqual({ sent: 1, dropped: 0 });
  });

  it("counts what cannot be sent, and never rejects", async () => {
    const nowhere = createEdgeReporter({ url: "http://127.0.0.1:1" });
    await nowhere.report(new Error("x"), {});
    expect(nowhere.stats()).toEqual({ sent: 0, dropped: 1 });
    server.onPost = (_batch, response) => response.writeHead(401).end();
    const refused = createEdgeReporter({ url: server.url });
    await refused.report(new Error("x"), {});
    expect(refused.stats()).toEqual({ sent: 0, dropped: 1 });
    const silent = createEdgeReporter({});
    await silent.report(new Error("x"), {});
    expect(silent.stats()).toEqual({ sent: 0, dropped: 1 });
  });

  it("has at most ten deliveries under way", async () => {
    const held: (() => void)[] = [];
    let tell: () => void = () => undefined;
    const allHeld = new Promise<void>((resolve) => (tell = resolve));
    server.onPost = (_batch, response) => {
      held.push(() => response.writeHead(200).end("{}"));
      if (held.length === 10) tell();
    };
    const reporter = createEdgeReporter({ url: server.url });
    const reports = Array.from({ length: 15 }, (_, index) => reporter.report(new Error(`x${index}`), {}));
    await allHeld;
    for (const release of held) release();
    await Promise.all(reports);
    expect(reporter.stats()).toEqual({ sent: 10, dropped: 5 });
  });
});
