import { once } from "node:events";
import type { Server } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { currentExchange } from "../../gate/context.ts";
import type { Gatewatch } from "../../create-gatewatch.ts";
import type { Exchange, ResponseHead } from "../../gate/exchange.ts";
import type { GatewatchRequest } from "../fetch.ts";
import type { Layer } from "../../gate/layer.ts";
import { FETCH_SCENARIOS, type FetchScenario, type PlainHandler, streamOf } from "./fetch-scenarios.ts";
import { createProbe, type Probe } from "./probe.ts";
import { createRecording } from "./recording.ts";
import { maskDate, RawClient } from "./raw-client.ts";
import { get, post } from "./scenarios.ts";

/** One way to serve a fetch handler, with or without Gatewatch. */
export interface FetchDriver {
  name: string;
  /** A server that answers 500 to an error that leaves the app, and calls `handedOn`. */
  createServer(handle: PlainHandler, gatewatch: Gatewatch | undefined, handedOn: (error: unknown) => void): Server;
  /** Whether the platform tells the address of the other end. */
  tellsPeer: boolean;
}

/** What every adapter over `Request` and `Response` must do; on real sockets. Upgrades never reach a fetch handler on Node. */
export function testFetchContract(driver: FetchDriver): void {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function serve(handle: PlainHandler, probe: Probe | undefined, handedOn: unknown[] = []): Promise<Server> {
    const server = driver.createServer(handle, probe?.gatewatch, (error) => handedOn.push(error));
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
  }

  async function play(scenario: FetchScenario, probe: Probe | undefined, handedOn?: unknown[]): Promise<string> {
    const client = await RawClient.open(await serve(scenario.handle, probe, handedOn));
    await scenario.play(client);
    if (probe !== undefined) await probe.waitForEnded(scenario.ends.length);
    client.socket.destroy();
    return maskDate(client.received);
  }

  async function ask(request: string, handle: PlainHandler, layers: readonly Layer[]): Promise<string> {
    const client = await RawClient.open(await serve(handle, createProbe({ layers })));
    return String(await client.send(request).untilClosed());
  }

  describe(`${driver.name}: every answer is byte for byte that of the bare app`, () => {
    it.each(FETCH_SCENARIOS.filter(({ comparesBytes = true }) => comparesBytes))("$name", async (scenario) => {
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
    it.each(FETCH_SCENARIOS)("$name", async (scenario) => {
      const probe = createProbe();
      const handedOn: unknown[] = [];
      await play(scenario, probe, handedOn);
      // Whatever might come twice has come by then.
      for (let turn = 0; turn < 3; turn++) await nextTurn();
      expect(probe.ended.map(({ x, outcome }) => ({ ...outcome, method: x.method }))).toMatchObject(
        scenario.ends.map((end) => ({ aborted: false, ...end })),
      );
      expect(probe.errors.map(({ error }) => (error as Error).message)).toEqual(scenario.errors ?? []);
      for (const error of handedOn.filter((given) => !isAbort(given))) {
        expect(probe.errors.map((seen) => seen.error)).toContain(error);
      }
      expect(probe.notices).toEqual([]);
    });
  });

  describe(`${driver.name}: every fate leaves one line, one event, and its errors once`, () => {
    it.each(FETCH_SCENARIOS)("$name", async ({ handle, play: act, ends, errors = [] }) => {
      const recording = createRecording();
      const server = driver.createServer(handle, recording.gatewatch, () => undefined);
      servers.push(server);
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const client = await RawClient.open(server);
      await act(client);
      await recording.waitForRequests(ends.length);
      for (let turn = 0; turn < 3; turn++) await nextTurn();
      client.socket.destroy();
      await recording.gatewatch.close();
      const requests = recording.events.filter((event) => event.type === "request");
      expect(requests.map(({ status }) => status)).toEqual(ends.map(({ status }) => status));
      expect(recording.lines.filter((line) => line.startsWith("request "))).toHaveLength(ends.length);
      const recorded = recording.events.filter((event) => event.type === "error");
      expect(recorded.map(({ exceptions }) => exceptions[0]?.message)).toEqual(errors);
      expect(recording.lines.filter((line) => line.startsWith("Error: "))).toHaveLength(errors.length);
    });
  });

  describe(`${driver.name}: the gate`, () => {
    it("keeps the context while the app runs, and while its body streams", async () => {
      const probe = createProbe();
      const seen: (Exchange | undefined)[] = [];
      const note = (): void => void seen.push(currentExchange());
      const server = await serve(async () => {
        note();
        await nextTurn();
        note();
        return new Response(streamOf(["one", note, "two", note]));
      }, probe);
      const client = await RawClient.open(server);
      await client.send(get("/")).untilClosed();
      const [{ x }] = (await probe.waitForEnded(1)) as [Probe["ended"][number]];
      expect(seen).toHaveLength(4);
      for (const found of seen) expect(found).toBe(x);
    });

    it("keeps a small text body for errors, and says the size of a large one", async () => {
      const probe = createProbe({ maxBodyBytes: 10 });
      const server = await serve(async (request) => new Response(await request.text()), probe);
      for (const body of ["short", "much too long"]) {
        const client = await RawClient.open(server);
        expect(String(await client.send(post("/", body)).untilClosed())).toContain(body);
      }
      const ended = await probe.waitForEnded(2);
      expect(ended.map(({ x }) => x.body())).toEqual(["short", "[Body too large: 13 bytes]"]);
    });

    it.each([false, true])("lets a layer answer instead of the app (later: %s)", async (later) => {
      const reply = { status: 429, headers: { "X-Layer": "1" }, body: "slow down" };
      const heads: number[] = [];
      const answer = await ask(get("/"), () => new Response("app"), [
        { name: "head", onHead: (_x, head) => void heads.push(head.status) },
        { name: "reply", onRequest: () => (later ? Promise.resolve(reply) : reply) },
      ]);
      expect(answer).toContain("429");
      expect(answer.toLowerCase()).toContain("x-layer: 1");
      expect(answer).toContain("slow down");
      expect(answer).not.toContain("app");
      expect(heads).toEqual([429]);
    });

    it("waits for a layer that answers later, and then calls the app", async () => {
      const answer = await ask(post("/", "body"), async (request) => new Response(await request.text()), [
        { name: "later", onRequest: () => Promise.resolve() },
      ]);
      expect(answer).toContain("body");
    });

    it("lets layers set headers and the status, before the app and on its answer", async () => {
      const layer: Layer = {
        name: "head",
        onRequest(x) {
          x.response.set("X-Early", "layer");
          x.response.set("X-Both", "layer");
          x.response.append("Vary", "Origin");
        },
        onHead(_x, head: ResponseHead) {
          head.set("X-Layer", "1");
          head.remove("X-Gone");
          if (head.status === 201) head.status = 202;
        },
      };
      const headers = { "X-Gone": "1", "X-Stays": "1", "X-Both": "app", Vary: "Accept" };
      for (const body of ["x", streamOf(["x"]), null]) {
        const answer = (await ask(get("/"), () => new Response(body, { status: 201, headers }), [layer])).toLowerCase();
        expect(answer).toMatch(/^http\/1\.1 202 accepted/);
        for (const line of ["x-layer: 1", "x-stays: 1", "x-early: layer", "x-both: app", "vary: accept, origin"]) {
          expect(answer).toContain(`${line}\r\n`);
        }
        expect(answer).not.toContain("x-gone");
      }
    });

    it("changes the head of an answer whose headers are read-only", async () => {
      const answer = await ask(get("/"), () => Response.redirect("http://test/there", 303), [
        { name: "head", onHead: (_x, head) => head.set("X-Layer", "1") },
      ]);
      expect(answer).toMatch(/^HTTP\/1\.1 303/);
      expect(answer.toLowerCase()).toContain("x-layer: 1");
      expect(answer).toContain("http://test/there");
    });

    it("gives each answer its own head where the app hands out one response again and again", async () => {
      const shared = new Response(null, { status: 204, headers: { "X-Own": "1" } });
      const probe = createProbe({ layers: [{ name: "id", onHead: (x, head) => head.set("X-Id", x.requestId) }] });
      const server = await serve(() => shared, probe);
      const ids = [];
      for (let round = 1; round <= 2; round++) {
        const client = await RawClient.open(server);
        ids.push(/^x-id: (.+)\r$/im.exec(String(await client.send(get("/")).untilClosed()))?.[1]);
      }
      expect(new Set(ids).size).toBe(2);
      expect(ids).not.toContain(undefined);
      expect([...shared.headers.keys()]).toEqual(["x-own"]);
    });

    it("lets the app's answer through where a layer asks for what cannot be", async () => {
      const answer = await ask(get("/"), () => new Response("fine"), [
        {
          name: "odd",
          onHead: (_x, head) => {
            head.status = 1000;
          },
        },
      ]);
      expect(answer).toMatch(/^HTTP\/1\.1 200/);
      expect(dechunk(answer)).toBe("fine");
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
      const server = await serve(() => new Response("fine"), probe);
      for (let round = 1; round <= 3; round++) {
        const client = await RawClient.open(server);
        expect(String(await client.send(get("/")).untilClosed())).toContain("fine");
      }
      expect(seen).toEqual(["outer", "outer", "outer"]);
      expect(probe.gatewatch.gate.stats().failures).toEqual({ "broken.onRequest": 3 });
      expect(probe.notices.map(({ code }) => code)).toEqual(["hook_failed"]);
    });

    it("offers request.gatewatch, also on requests that pass by unseen", async () => {
      const probe = createProbe({ isSkipped: (path) => path === "/health" });
      const server = await serve((request) => {
        const { gatewatch } = request as GatewatchRequest;
        gatewatch.set("plan", "gold").set({ seats: 3 });
        gatewatch.metrics["cart"] = 12.5;
        gatewatch.route = "/fixed";
        return new Response("there");
      }, probe);
      for (const path of ["/health", "/"]) {
        const client = await RawClient.open(server);
        expect(String(await client.send(get(path)).untilClosed())).toContain("there");
      }
      const [only, ...more] = await probe.waitForEnded(1);
      expect(more).toEqual([]);
      expect(only?.x.attributes).toEqual({ plan: "gold", seats: 3 });
      expect(only?.x.metrics).toEqual({ cart: 12.5 });
      expect(only?.outcome.route).toBe("/fixed");
    });

    it("knows the target, the host and, where the platform tells it, the peer; forwarding headers of trusted peers only", async () => {
      const headers = `Connection: close\r\nX-Forwarded-For: 203.0.113.7\r\nX-Request-ID: outer-request-1\r\nX-Forwarded-Proto: https\r\n`;
      const seen = [];
      for (const trustProxy of [[], ["loopback"]]) {
        const probe = createProbe({ trustProxy });
        const client = await RawClient.open(await serve(() => new Response(), probe));
        await client.send(get("/a%20b?c=1", headers)).untilClosed();
        const [{ x }] = (await probe.waitForEnded(1)) as [Probe["ended"][number]];
        expect([x.url, x.path, x.host]).toEqual(["/a%20b?c=1", "/a%20b", "test"]);
        seen.push([x.peer, x.clientAddress, x.scheme, x.requestId]);
      }
      const peer = driver.tellsPeer ? "127.0.0.1" : undefined;
      const ownId: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/);
      expect(seen[0]).toEqual([peer, peer, "http", ownId]);
      // Without a peer there is nobody to trust.
      expect(seen[1]).toEqual(
        driver.tellsPeer ? [peer, "203.0.113.7", "https", "outer-request-1"] : [undefined, undefined, "http", ownId],
      );
    });

    it("answers an error that nobody handles as a layer says", async () => {
      const reply = { status: 502, headers: { "X-Layer": "1" }, body: "sorry" };
      const handle = (): never => {
        throw new Error("nobody handles this");
      };
      const answer = await ask(get("/"), handle, [{ name: "boundary", onError: () => reply }]);
      expect(answer).toMatch(/^HTTP\/1\.1 502/);
      expect(answer).toContain("sorry");
    });
  });

  describe(`${driver.name}: body plans`, () => {
    const upper = (bytes: Uint8Array): Uint8Array =>
      new TextEncoder().encode(new TextDecoder().decode(bytes).toUpperCase());
    const bodies: readonly [string, () => ConstructorParameters<typeof Response>[0], string | undefined][] = [
      ["a text", () => "whole", "whole"],
      ["bytes", () => new TextEncoder().encode("whole"), "whole"],
      ["a stream of one piece that is there at once", () => new Response("whole").body, "whole"],
      ["a stream of two pieces", () => streamOf(["wh", "ole"]), undefined],
      ["no body", () => null, ""],
    ];

    it.each(bodies)("show the body as it is known: %s", async (_name, body, whole) => {
      const seen: (string | undefined)[] = [];
      const answer = await ask(get("/"), () => new Response(body()), [
        {
          name: "look",
          onHead: (_x, head, plan) =>
            plan.whenBody((bytes) => {
              seen.push(bytes === undefined ? undefined : new TextDecoder().decode(bytes));
              head.set("X-Decided", "1");
            }),
        },
      ]);
      expect(seen).toEqual([whole]);
      expect(answer.toLowerCase()).toContain("x-decided: 1");
      expect(dechunk(answer)).toBe(whole ?? "whole");
    });

    it.each(["HEAD", "204", "304"])("ask nobody about answers without a body: %s", async (kind) => {
      const decide = { count: 0 };
      const answer = await ask(
        get("/", "Connection: close\r\n", kind === "HEAD" ? "HEAD" : "GET"),
        () => (kind === "HEAD" ? new Response("body") : new Response(null, { status: Number(kind) })),
        [{ name: "ask", onHead: (_x, _head, plan) => plan.whenBody(() => void decide.count++) }],
      );
      expect(answer).toMatch(/^HTTP\/1\.1 (200|204|304)/);
      expect(decide.count).toBe(0);
    });

    it("replace, observe and encode a whole body, with a true length", async () => {
      const observed: unknown[] = [];
      const answer = await ask(get("/"), () => new Response("secret", { headers: { "Content-Length": "6" } }), [
        {
          name: "encode",
          onHead: (_x, head, plan) =>
            plan.whenBody((whole) => {
              if (whole === undefined) return;
              head.set("Content-Encoding", "x-upper");
              plan.encodeWhole(upper(whole));
            }),
        },
        {
          name: "observe",
          onHead: (_x, _head, plan) =>
            plan.whenBody(() =>
              plan.observe({
                onChunk: (bytes) => void observed.push(new TextDecoder().decode(bytes)),
                onEnd: (complete) => void observed.push(complete),
              }),
            ),
        },
        {
          name: "replace",
          onHead: (_x, _head, plan) => plan.whenBody(() => plan.replace(new TextEncoder().encode("public!"))),
        },
      ]);
      expect(dechunk(answer)).toBe("PUBLIC!");
      expect(answer.toLowerCase()).toContain("content-length: 7\r\n");
      expect(answer.toLowerCase()).toContain("content-encoding: x-upper");
      expect(observed).toEqual(["public!", true]);
    });

    it("put a layer's own body in the place of the app's", async () => {
      const answer = await ask(get("/"), () => new Response(null, { status: 304 }), [
        {
          name: "substitute",
          onHead: (_x, head, plan) => {
            head.status = 200;
            plan.substitute(new TextEncoder().encode("from the cache"));
          },
        },
      ]);
      expect(answer).toMatch(/^HTTP\/1\.1 200/);
      expect(dechunk(answer)).toBe("from the cache");
    });

    it("encode a stream piece by piece, flushed when the app pauses", async () => {
      const probe = createProbe({
        layers: [
          {
            name: "encode",
            onHead: (_x, _head, plan) =>
              plan.whenBody(() =>
                plan.encode((output) => {
                  let held: Uint8Array[] = [];
                  const flush = (): void => {
                    for (const bytes of held) output.push(upper(bytes));
                    held = [];
                  };
                  return {
                    write: (bytes) => {
                      held.push(bytes);
                      // Full at once: asks the writer to wait.
                      setImmediate(() => output.drain());
                      return false;
                    },
                    flush,
                    end: () => {
                      flush();
                      output.end();
                    },
                    destroy: () => undefined,
                  };
                }),
              ),
          },
        ],
      });
      let goOn: () => void = () => undefined;
      const pause = new Promise<void>((resolve) => (goOn = resolve));
      const client = await RawClient.open(
        await serve(
          () => new Response(streamOf(["first ", () => pause, "second"]), { headers: { "Content-Length": "12" } }),
          probe,
        ),
      );
      client.send(get("/"));
      await client.until("FIRST ");
      goOn();
      const answer = String(await client.untilClosed());
      expect(dechunk(answer)).toBe("FIRST SECOND");
      expect(answer.toLowerCase()).not.toContain("content-length");
    });

    it("tell observers when a stream breaks off", async () => {
      const ends: boolean[] = [];
      const told = new Promise<void>((resolve) => {
        const layer: Layer = {
          name: "observe",
          onHead: (_x, _head, plan) =>
            plan.whenBody(() =>
              plan.observe({
                onChunk: () => undefined,
                onEnd: (complete) => {
                  ends.push(complete);
                  resolve();
                },
              }),
            ),
        };
        void serve(
          () => new Response(streamOf(["begin", () => new Promise(() => undefined)])),
          createProbe({ layers: [layer] }),
        )
          .then((server) => RawClient.open(server))
          .then(async (client) => {
            client.send(get("/"));
            await client.until("begin");
            client.socket.destroy();
          });
      });
      await told;
      expect(ends).toEqual([false]);
    });

    it("read the app's stream no faster than the client takes it", async () => {
      const reads = { count: 0 };
      const piece = new Uint8Array(64 * 1024);
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            reads.count++;
            controller.enqueue(piece);
          },
        },
        { highWaterMark: 0 },
      );
      const client = await RawClient.open(await serve(() => new Response(body), createProbe()));
      client.socket.pause();
      client.send(get("/"));
      // Until the sockets are full; a reader without backpressure would never stop.
      let before = -1;
      while (before !== reads.count || reads.count === 0) {
        before = reads.count;
        for (let turn = 0; turn < 200; turn++) await nextTurn();
      }
      expect(reads.count).toBeLessThan(1000);
      client.socket.destroy();
    });
  });
}

/** The body of an answer, whether it came in chunks or with a length. */
function dechunk(answer: string): string {
  const start = answer.indexOf("\r\n\r\n") + 4;
  const body = answer.slice(start);
  if (!/^transfer-encoding: chunked\r$/im.test(answer.slice(0, start))) return body;
  return body
    .split("\r\n")
    .filter((_line, index) => index % 2 === 1)
    .join("");
}

function isAbort(error: unknown): boolean {
  return /abort|closed/i.test(String(error));
}
