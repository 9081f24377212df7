import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { currentExchange } from "../../gate/context.ts";
import type { Gatewatch } from "../../create-gatewatch.ts";
import { createProbe, type Probe } from "./probe.ts";
import { maskDate, RawClient } from "./raw-client.ts";
import { get, type NodeHandler, post, SCENARIOS, type Scenario } from "./scenarios.ts";

/** One way to serve a handler, with or without Gatewatch: an app that hands Node's own request and response to it, on every path and method. */
export interface AdapterDriver {
  name: string;
  /** @default "http1" */
  protocol?: "http1" | "http2";
  /** Template of the route that every request reaches; null without a router. Undefined: it is not looked at. */
  route?: string | null;
  /** An app whose own error handler answers 500 (or cuts the connection once the head is sent) and calls `handedOn`. */
  createServer(
    handle: NodeHandler,
    gatewatch: Gatewatch | undefined,
    handedOn: (error: unknown) => void,
  ): Server | Promise<Server>;
}

/** What every adapter over `IncomingMessage` and `ServerResponse` must do; on real sockets. */
export function testExchangeContract(driver: AdapterDriver): void {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function serve(handle: NodeHandler, probe: Probe | undefined, handedOn: unknown[] = []): Promise<Server> {
    const server = await driver.createServer(handle, probe?.gatewatch, (error) => handedOn.push(error));
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
  }

  async function play(scenario: Scenario, probe: Probe | undefined, handedOn?: unknown[]): Promise<string> {
    const client = await RawClient.open(await serve(scenario.handle, probe, handedOn));
    await scenario.play(client);
    if (probe !== undefined) await probe.waitForEnded(scenario.ends.length);
    client.socket.destroy();
    return maskDate(client.received);
  }

  describe(`${driver.name}: every answer is byte for byte that of the bare app`, () => {
    it.each(SCENARIOS.filter(({ comparesBytes = true }) => comparesBytes))("$name", async (scenario) => {
      const bare = await play(scenario, undefined);
      expect(bare).toMatch(/^HTTP\/1\.1 /);
      expect(await play(scenario, createProbe())).toBe(bare);
      // Without layers nothing tells the end; the bytes do.
      const quiet = await RawClient.open(await serve(scenario.handle, createProbe({ layers: [] })));
      await scenario.play(quiet);
      expect(maskDate(quiet.received)).toBe(bare);
    });
  });

  describe(`${driver.name}: every exchange ends once`, () => {
    it.each(SCENARIOS)("$name", async (scenario) => {
      const probe = createProbe();
      const handedOn: unknown[] = [];
      await play(scenario, probe, handedOn);
      expect(probe.ended.map(({ x, outcome }) => ({ ...outcome, method: x.method }))).toMatchObject(
        scenario.ends.map((end) => ({ aborted: false, ...end })),
      );
      expect(new Set(probe.ended.map(({ x }) => x.requestId)).size).toBe(scenario.ends.length);
      expect(probe.ended.every(({ outcome }) => outcome.durationMs >= 0)).toBe(true);
      expect(probe.errors.map(({ error }) => (error as Error).message)).toEqual(scenario.errors ?? []);
      // Handed on unchanged: the very object that the layers saw.
      for (const error of handedOn) expect(probe.errors.map((seen) => seen.error)).toContain(error);
      expect(probe.notices).toEqual([]);
    });
  });

  describe(`${driver.name}: the gate`, () => {
    it("keeps the context over a body that is read by events", async () => {
      const probe = createProbe();
      const seen: unknown[] = [];
      const server = await serve((request, response) => {
        const x = currentExchange();
        request.on("data", () => seen.push(currentExchange() === x));
        request.on("end", () => {
          seen.push(currentExchange() === x, x !== undefined);
          setTimeout(() => {
            seen.push(currentExchange() === x);
            response.end("ok");
          }, 0);
        });
      }, probe);
      const client = await RawClient.open(server);
      client.send(get("/", "Connection: close\r\nContent-Length: 6\r\n", "POST"));
      await client.send("abc").send("def").untilClosed();
      await probe.waitForEnded(1);
      expect(seen.length).toBeGreaterThanOrEqual(4);
      expect(seen.every((value) => value === true)).toBe(true);
    });

    it("gives each of two requests at once its own context", async () => {
      const probe = createProbe();
      const seen: boolean[] = [];
      let release: () => void = () => undefined;
      const both = new Promise<void>((resolve) => (release = resolve));
      let waiting = 0;
      const server = await serve(async (_request, response) => {
        const x = currentExchange();
        if (++waiting === 2) release();
        await both;
        seen.push(x !== undefined && currentExchange() === x);
        response.end();
      }, probe);
      const clients = await Promise.all([RawClient.open(server), RawClient.open(server)]);
      await Promise.all(clients.map((client) => client.send(get("/")).untilClosed()));
      expect(seen).toEqual([true, true]);
    });

    it("keeps a small text body for errors, and says the size of a large one", async () => {
      const probe = createProbe({ maxBodyBytes: 10 });
      const server = await serve((request, response) => request.resume().on("end", () => response.end()), probe);
      for (const body of ["short", "much too long"]) {
        const client = await RawClient.open(server);
        await client.send(post("/", body)).untilClosed();
      }
      const ended = await probe.waitForEnded(2);
      expect(ended.map(({ x }) => x.body())).toEqual(["short", "[Body too large: 13 bytes]"]);
    });

    it("lets a layer answer instead of the app, whether at once or later", async () => {
      for (const later of [false, true]) {
        const reply = { status: 429, headers: { "X-Layer": "1" }, body: "slow down" };
        const heads: number[] = [];
        const probe = createProbe({
          layers: [
            { name: "head", onHead: (_x, head) => void heads.push(head.status) },
            { name: "reply", onRequest: () => (later ? Promise.resolve(reply) : reply) },
          ],
        });
        const client = await RawClient.open(await serve((_request, response) => response.end("app"), probe));
        const answer = String(await client.send(get("/")).untilClosed());
        expect(answer).toContain("429");
        expect(answer).toContain("X-Layer: 1");
        expect(answer).toContain("slow down");
        expect(heads).toEqual([429]);
      }
    });

    it("waits for a layer that answers later, and then calls the app", async () => {
      const probe = createProbe({ layers: [{ name: "later", onRequest: () => Promise.resolve() }] });
      const client = await RawClient.open(await serve((request, response) => request.pipe(response), probe));
      expect(String(await client.send(post("/", "body")).untilClosed())).toContain("body");
    });

    it("lets layers set headers and the status, whichever way the app writes its head", async () => {
      const layer = {
        name: "head",
        onHead(
          _x: unknown,
          head: { status: number; set(name: string, value: string): void; remove(name: string): void },
        ) {
          head.set("X-Layer", "1");
          head.remove("X-Gone");
          if (head.status === 201) head.status = 202;
        },
      };
      const apps: NodeHandler[] = [
        (_request, response) => response.setHeader("X-Gone", "1").end("x"),
        (_request, response) => response.writeHead(201, { "x-gone": "1", "X-Stays": "1" }).end("x"),
        (_request, response) => response.writeHead(201, "Made", ["x-gone", "1", "X-Stays", "1"]).end("x"),
        (_request, response) => response.writeHead(200, { "x-gone": "1", "X-Stays": "1" }).end("x"),
      ];
      const answers: string[] = [];
      for (const app of apps) {
        const client = await RawClient.open(await serve(app, createProbe({ layers: [layer] })));
        answers.push(String(await client.send(get("/")).untilClosed()));
      }
      for (const answer of answers) {
        expect(answer).toContain("X-Layer: 1\r\n");
        expect(answer.toLowerCase()).not.toContain("x-gone");
      }
      expect(answers[1]).toMatch(/^HTTP\/1\.1 202 Accepted/);
      expect(answers[2]).toMatch(/^HTTP\/1\.1 202 Accepted/);
      expect(answers[2]).toContain("X-Stays: 1");
    });

    it("serves on when every hook of a layer throws, and says so once per hook", async () => {
      const fail = (): never => {
        throw new Error("broken layer");
      };
      const seen: string[] = [];
      const probe = createProbe({
        layers: [
          { name: "outer", onFinish: () => void seen.push("outer") },
          { name: "broken", onRequest: fail, onHead: fail, onError: fail, onFinish: fail },
        ],
      });
      const server = await serve(() => fail(), probe);
      for (let round = 1; round <= 3; round++) {
        const client = await RawClient.open(server);
        expect(String(await client.send(get("/")).untilClosed())).toContain("500");
      }
      expect(seen).toEqual(["outer", "outer", "outer"]);
      // After `onRequest` failed, the layer is skipped for the rest of the exchange.
      expect(probe.gatewatch.gate.stats().failures).toEqual({ "broken.onRequest": 3 });
      expect(probe.notices.map(({ code }) => code)).toEqual(["hook_failed"]);
    });

    it("offers req.gatewatch, also on requests that pass by unseen", async () => {
      const probe = createProbe({ isSkipped: (path) => path === "/health" });
      const server = await serve((request, response) => {
        request.gatewatch.set("plan", "gold").set({ seats: 3 });
        request.gatewatch.metrics["cart"] = 12.5;
        request.gatewatch.addBreadcrumb("looked around");
        response.end("there");
      }, probe);
      for (const path of ["/health", "/"]) {
        const client = await RawClient.open(server);
        expect(String(await client.send(get(path)).untilClosed())).toContain("there");
      }
      const [only, ...more] = await probe.waitForEnded(1);
      expect(more).toEqual([]);
      expect(only?.x.attributes).toEqual({ plan: "gold", seats: 3 });
      expect(only?.x.metrics).toEqual({ cart: 12.5 });
      expect(only?.x.breadcrumbs).toMatchObject([{ category: "custom", message: "looked around" }]);
    });

    it("believes forwarding headers of trusted peers only", async () => {
      const headers =
        "Connection: close\r\nX-Forwarded-For: 203.0.113.7\r\nX-Request-ID: outer-request-1\r\nX-Forwarded-Proto: https\r\n" +
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n";
      const seen = [];
      for (const trustProxy of [[], ["loopback"]]) {
        const probe = createProbe({ trustProxy });
        const client = await RawClient.open(await serve((_request, response) => response.end(), probe));
        await client.send(get("/", headers)).untilClosed();
        const [{ x }] = (await probe.waitForEnded(1)) as [Probe["ended"][number]];
        seen.push([x.clientAddress, x.requestId, x.scheme, x.trace.traceId, x.trace.parentSpanId]);
      }
      expect(seen[0]).toEqual([
        "127.0.0.1",
        expect.stringMatching(/^[0-9a-f-]{36}$/),
        "http",
        expect.any(String),
        null,
      ]);
      expect(seen[0]?.[3]).not.toBe("0af7651916cd43dd8448eb211c80319c");
      expect(seen[1]).toEqual([
        "203.0.113.7",
        "outer-request-1",
        "https",
        "0af7651916cd43dd8448eb211c80319c",
        "b7ad6b7169203331",
      ]);
    });

    it("lets upgrades through untouched and records them", async () => {
      const bytes: string[] = [];
      for (const probe of [undefined, createProbe()]) {
        const server = await serve((_request, response) => response.end("plain"), probe);
        server.on("upgrade", (_request: IncomingMessage, socket: Duplex) => {
          socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n");
          socket.pipe(socket);
        });
        // The server is known from its first request on.
        const first = await RawClient.open(server);
        await first.send(get("/")).untilClosed();
        const client = await RawClient.open(server);
        client.send(get("/socket", "Connection: Upgrade\r\nUpgrade: echo\r\n"));
        await client.until("101 Switching Protocols");
        client.send("ping");
        await client.until("ping");
        client.socket.destroy();
        bytes.push(maskDate(client.received));
        if (probe === undefined) continue;
        const ended = await probe.waitForEnded(2);
        expect(ended[1]).toMatchObject({ x: { url: "/socket" }, outcome: { status: 101, aborted: false } });
      }
      expect(bytes[1]).toBe(bytes[0]);
    });

    it("holds the answer to a failed request until its error is delivered, in await mode", async () => {
      const order: string[] = [];
      const probe = createProbe({
        async holdForDelivery() {
          order.push("delivering");
          await new Promise((resolve) => setImmediate(resolve));
          order.push("delivered");
        },
      });
      const server = await serve(async () => Promise.reject(new Error("x")), probe, {
        push: () => order.push("app's handler"),
      } as unknown as unknown[]);
      const client = await RawClient.open(server);
      await client.send(get("/")).untilClosed();
      expect(order).toEqual(["delivering", "delivered", "app's handler"]);
    });
  });
}
