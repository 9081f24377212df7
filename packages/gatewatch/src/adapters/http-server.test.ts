import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import type { Layer } from "../gate/layer.ts";
import { createProbe } from "./contract/probe.ts";
import { maskDate, RawClient } from "./contract/raw-client.ts";
import { get } from "./contract/scenarios.ts";
import { gatewatch } from "./http.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<Server> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe("gatewatch(server)", () => {
  it("sees every request once, whatever listens, and returns the server", async () => {
    const probe = createProbe();
    const server = createServer(
      gatewatch((request, response) => response.end(request.gatewatch.requestId), probe.gatewatch),
    );
    expect(gatewatch(server, probe.gatewatch)).toBe(server);
    const client = await RawClient.open(await listen(server));
    const answer = String(await client.send(get("/a")).untilClosed());
    const ended = await probe.waitForEnded(1);
    expect(ended).toHaveLength(1);
    expect(answer).toContain(ended[0]?.x.requestId);
  });

  it("records an upgrade that comes before any request, with the status that the app writes", async () => {
    for (const [answer, status] of [
      ["HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n", 101],
      ["HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n", 401],
    ] as const) {
      const probe = createProbe();
      const server = gatewatch(createServer(), probe.gatewatch);
      server.on("upgrade", (_request, socket: Duplex) => socket.end(answer));
      const client = await RawClient.open(await listen(server));
      const received = String(
        await client.send(get("/socket", "Connection: Upgrade\r\nUpgrade: echo\r\n")).untilClosed(),
      );
      expect(received).toBe(answer);
      expect(await probe.waitForEnded(1)).toMatchObject([
        { x: { url: "/socket" }, outcome: { status, aborted: false } },
      ]);
    }
  });

  it("records an upgrade that nobody answers as aborted", async () => {
    const probe = createProbe();
    const server = gatewatch(createServer(), probe.gatewatch);
    server.on("upgrade", (_request, socket: Duplex) => socket.destroy());
    const client = await RawClient.open(await listen(server));
    await client.send(get("/socket", "Connection: Upgrade\r\nUpgrade: echo\r\n")).untilClosed();
    expect(await probe.waitForEnded(1)).toMatchObject([{ outcome: { status: 0, aborted: true } }]);
  });

  it("sees what a listener throws, and throws it on", async () => {
    const probe = createProbe();
    const failure = new Error("from a listener");
    const inner = gatewatch(
      createServer(() => {
        throw failure;
      }),
      probe.gatewatch,
    );
    const caught: unknown[] = [];
    const server = createServer((request, response) => {
      try {
        inner.emit("request", request, response);
      } catch (error) {
        caught.push(error);
        response.writeHead(500).end();
      }
    });
    await (await RawClient.open(await listen(server))).send(get("/")).untilClosed();
    expect(caught).toEqual([failure]);
    expect(probe.errors.map(({ error }) => error)).toEqual([failure]);
  });

  it("leaves a server's own handling of Expect to it", async () => {
    const probe = createProbe();
    const server = gatewatch(createServer(), probe.gatewatch);
    server.on("checkContinue", (_request, response) => response.writeHead(417).end());
    const client = await RawClient.open(await listen(server));
    client.send(get("/", "Connection: close\r\nExpect: 100-continue\r\nContent-Length: 4\r\n", "POST"));
    await client.until("417");
    expect(await probe.waitForEnded(1)).toMatchObject([{ outcome: { status: 417 } }]);
  });
});

describe("a head written as a list", () => {
  const layer: Layer = {
    name: "head",
    onHead(_x, head) {
      head.set("X-Layer", "1");
      head.append("X-Layer", "2");
      head.remove("X-Gone");
    },
  };
  it.each([
    [
      "pairs",
      [
        ["A", "1"],
        ["X-Gone", "1"],
        ["b", "2"],
        ["A", "3"],
      ],
    ],
    ["one pair", [["A", "1"]]],
    ["names and values in turn", ["A", "1", "x-gone", "1", "b", "2", "A", "3"]],
  ])("keeps its lines in their order and spelling beside those of a layer: %s", async (_name, list) => {
    const listener: RequestListener = (_request, response) =>
      response.writeHead(200, list as unknown as string[]).end("x");
    const probe = createProbe({ layers: [layer] });
    const answers: string[] = [];
    for (const server of [createServer(listener), createServer(gatewatch(listener, probe.gatewatch))]) {
      const client = await RawClient.open(await listen(server));
      answers.push(maskDate(await client.send(get("/")).untilClosed()).toString());
    }
    const [bare, guarded] = answers.map((answer) => answer.split("\r\n").filter((line) => !/^x-gone/i.test(line)));
    expect(guarded?.filter((line) => !line.startsWith("X-Layer"))).toEqual(bare);
    expect(guarded?.filter((line) => line.startsWith("X-Layer"))).toEqual(["X-Layer: 1", "X-Layer: 2"]);
    expect(probe.notices).toEqual([]);
  });
});
