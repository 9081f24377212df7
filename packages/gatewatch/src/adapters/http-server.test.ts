import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { createProbe } from "./contract/probe.ts";
import { RawClient } from "./contract/raw-client.ts";
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
