import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { Layer } from "../../gate/layer.ts";
import { type BodyClient, createBodyClient } from "./body-client.ts";
import { itWhere } from "./it-where.ts";
import {
  createGzipLayer,
  createObserveLayer,
  createReplaceLayer,
  createSeen,
  openGzip,
  type Seen,
  WRITERS,
} from "./body-scenarios.ts";
import type { AdapterDriver } from "./exchange-contract.ts";
import { createProbe, type Probe } from "./probe.ts";
import { RawClient } from "./raw-client.ts";
import { get, type NodeHandler } from "./scenarios.ts";

const LAYERS: readonly { name: string; make(seen: Seen): Layer[] }[] = [
  { name: "nothing", make: () => [{ name: "idle", onHead: (_x, _head, body) => body.whenBody(() => undefined) }] },
  { name: "replace", make: (seen) => [createReplaceLayer(seen)] },
  { name: "observe", make: (seen) => [createObserveLayer(seen)] },
  { name: "encode", make: (seen) => [createGzipLayer(seen)] },
  {
    name: "encode piece by piece, whatever is known",
    make: (seen) => [
      {
        name: "gzip",
        onHead: (_x, head, body) =>
          body.whenBody(() => {
            head.set("Content-Encoding", "gzip");
            body.encode((output) => openGzip(output, seen));
          }),
      },
    ],
  },
  {
    name: "replace, observe and encode",
    // The moments of heads run from the inner layer to the outer.
    make: (seen) => [createGzipLayer(seen), createObserveLayer(seen), createReplaceLayer(seen)],
  },
];

/** What layers may do with bodies, over an adapter on Node; on real sockets. */
export function testBodyContract(driver: AdapterDriver): void {
  const { protocol = "http1" } = driver;
  const servers: Server[] = [];
  const clients: BodyClient[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections?.();
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

  function open(server: Server): BodyClient {
    const client = createBodyClient(server, protocol);
    clients.push(client);
    return client;
  }

  /** The layers of a test, and one that tells of the ends. */
  function watch(layers: readonly Layer[]): Probe {
    const probe: Probe = createProbe({
      layers: [{ name: "ends", onFinish: (x, o) => probe.tellEnded(x, o) }, ...layers],
    });
    return probe;
  }

  describe(`${driver.name}: bodies`, () => {
    const table = LAYERS.flatMap((layers) => WRITERS.map((writer) => ({ layers, writer })));
    it.each(table)("$layers.name: $writer.name", async ({ layers, writer }) => {
      const seen = createSeen();
      const isPiecewise = layers.name.startsWith("encode piece");
      const probe = watch(layers.make(seen));
      const client = open(await serve(writer.handle, probe));
      const bare = await open(await serve(writer.handle, undefined)).ask("/");
      // Twice over one connection: the second answer would show what the first has left behind.
      for (let round = 1; round <= 2; round++) {
        const answer = await client.ask("/");
        const isReplaced = layers.name.startsWith("replace") && writer.isWhole;
        const expected = writer.body + (isReplaced ? " and more" : "");
        expect(answer.body.toString()).toBe(expected);
        expect(answer.status).toBe(200);
        expect(answer.headers["x-own"]).toBe(bare.headers["x-own"]);
        const length = answer.headers["content-length"];
        expect(length ?? String(answer.raw.length)).toBe(String(answer.raw.length));
        const isUntouched = layers.name === "nothing" || layers.name === "observe";
        const headers = { ...answer.headers, date: "-" };
        expect(headers).toEqual(isUntouched ? { ...bare.headers, date: "-" } : headers);
        // A length that the app does not say, and Node does not, may be said all the same: it is known.
        const mustSayLength = bare.headers["content-length"] !== undefined && writer.isWhole && !isPiecewise;
        expect(mustSayLength && length === undefined).toBe(false);
        const isObserved = layers.name.includes("observe");
        expect(Buffer.concat(seen.bytes.splice(0)).toString()).toBe(isObserved ? expected : "");
        expect(seen.ends.splice(0)).toEqual(isObserved ? [true] : []);
        const whole = writer.isWhole ? writer.body : undefined;
        expect(seen.wholes.splice(0)).toEqual(layers.name.startsWith("replace") ? [whole] : []);
        const ended = await probe.waitForEnded(round);
        expect(ended[round - 1]?.outcome).toMatchObject({
          status: 200,
          responseBytes: answer.raw.length,
          aborted: false,
        });
      }
      expect(probe.notices).toEqual([]);
      expect(probe.gatewatch.gate.stats().failures).toEqual({});
    });

    it.each([
      ["HEAD", 200, (response: ServerResponse) => response.end("a body")],
      ["HEAD", 200, (response: ServerResponse) => response.writeHead(200, { "Content-Length": "6" }).end()],
      ["GET", 204, (response: ServerResponse) => response.writeHead(204).end()],
      ["GET", 304, (response: ServerResponse) => response.writeHead(304, { ETag: '"x"' }).end()],
      ["GET", 304, (response: ServerResponse) => void ((response.statusCode = 304), response.end())],
    ])("asks nobody about an answer without a body: %s %s", async (method, status, write) => {
      const seen = createSeen();
      const probe = watch([createGzipLayer(seen), createObserveLayer(seen), createReplaceLayer(seen)]);
      const client = open(await serve((_request, response) => write(response), probe));
      const bare = await open(await serve((_request, response) => write(response), undefined)).ask("/", method);
      const answer = await client.ask("/", method);
      expect({ ...answer.headers, date: "-" }).toEqual({ ...bare.headers, date: "-" });
      expect(answer.status).toBe(status);
      expect(seen).toEqual(createSeen());
      expect(await probe.waitForEnded(1)).toMatchObject([{ outcome: { status, responseBytes: 0, aborted: false } }]);
    });

    it.each(WRITERS)("sends a layer's bytes in place of the app's: $name", async ({ handle }) => {
      const seen = createSeen();
      const layer: Layer = {
        name: "substitute",
        onHead(_x, head, body) {
          head.set("X-Layer", "1");
          body.substitute(Buffer.from("from a layer"));
        },
      };
      const probe = watch([createGzipLayer(seen), createObserveLayer(seen), layer]);
      const client = open(await serve(handle, probe));
      for (let round = 1; round <= 2; round++) {
        const answer = await client.ask("/");
        expect([answer.body.toString(), answer.headers["x-layer"]]).toEqual(["from a layer", "1"]);
        expect(Buffer.concat(seen.bytes.splice(0)).toString()).toBe("from a layer");
        const length = answer.headers["content-length"];
        expect(length ?? String(answer.raw.length)).toBe(String(answer.raw.length));
        await probe.waitForEnded(round);
      }
      expect(seen.ends).toEqual([true, true]);
      expect(probe.gatewatch.gate.stats().failures).toEqual({});
    });

    it("drops the body when a layer decides that nothing has changed", async () => {
      const layer: Layer = {
        name: "conditional",
        onHead: (_x, head, body) => body.whenBody(() => void (head.status = 304)),
      };
      for (const handle of [
        (_request, response) => response.end("body"),
        (_request, response) => response.writeHead(200, { "X-Own": "1" }).end("body"),
      ] satisfies NodeHandler[]) {
        const client = open(await serve(handle, watch([layer])));
        for (let round = 1; round <= 2; round++) {
          const answer = await client.ask("/");
          expect([answer.status, answer.raw.length]).toEqual([304, 0]);
        }
      }
    });

    it("takes back what a decision that throws has done", async () => {
      const broken: Layer = {
        name: "broken",
        onHead: (_x, head, body) =>
          body.whenBody(() => {
            head.set("Content-Encoding", "gzip");
            head.set("X-Own", "changed");
            head.remove("X-Stays");
            body.encode((output) => openGzip(output, createSeen()));
            throw new Error("broken");
          }),
      };
      for (const handle of [
        (_request, response) => {
          response.setHeader("X-Own", "1");
          response.setHeader("X-Stays", "1");
          response.end("body");
        },
        (_request, response) => response.writeHead(200, { "X-Own": "1", "X-Stays": "1" }).end("body"),
      ] satisfies NodeHandler[]) {
        const probe = watch([broken]);
        const answer = await open(await serve(handle, probe)).ask("/");
        expect(answer.body.toString()).toBe("body");
        expect(answer.headers).toMatchObject({ "x-own": "1", "x-stays": "1" });
        expect(answer.headers["content-encoding"]).toBeUndefined();
        expect(probe.gatewatch.gate.stats().failures).toEqual({ "broken.whenBody": 1 });
      }
    });

    it("leaves the body as it was when the encoder cannot be opened", async () => {
      const layer: Layer = {
        name: "broken",
        onHead: (_x, head, body) =>
          body.whenBody(() => {
            head.set("Content-Encoding", "gzip");
            body.encode(() => {
              throw new Error("no encoder");
            });
          }),
      };
      const client = open(await serve((_request, response) => response.end("body"), watch([layer])));
      const answer = await client.ask("/");
      expect([answer.body.toString(), answer.headers["content-encoding"]]).toEqual(["body", undefined]);
    });

    it("keeps trailers", async () => {
      const handle: NodeHandler = async (_request, response) => {
        if (protocol === "http1") response.setHeader("Trailer", "X-Sum");
        response.write("some ");
        await nextTurn();
        response.addTrailers({ "X-Sum": "7" });
        response.end("text");
      };
      for (const { make } of LAYERS) {
        const answer = await open(await serve(handle, watch(make(createSeen())))).ask("/");
        expect(answer.body.toString()).toBe("some text");
        expect(answer.trailers["x-sum"]).toBe("7");
      }
    });

    it("keeps trailers that no header has announced", async () => {
      const handle: NodeHandler = (_request, response) => {
        response.writeHead(200);
        response.addTrailers({ "X-Sum": "7" });
        response.end("some text");
      };
      for (const { make } of LAYERS) {
        const answer = await open(await serve(handle, watch(make(createSeen())))).ask("/");
        expect(answer.body.toString()).toContain("some text");
        expect(answer.trailers["x-sum"]).toBe("7");
      }
    });

    it("tells observers and encoders of a client that goes away", async () => {
      const seen = createSeen();
      const probe = watch([createGzipLayer(seen), createObserveLayer(seen)]);
      const callbacks: unknown[] = [];
      const server = await serve(async (_request, response) => {
        response.write("begin");
        (response as { flush?: () => void }).flush?.();
        await once(response, "close");
        response.write("more", (error) => callbacks.push(error?.message));
      }, probe);
      const client = open(server);
      await client.abandon("/");
      const [ended] = await probe.waitForEnded(1);
      expect(ended?.outcome).toMatchObject({ status: 200, aborted: true, error: undefined });
      expect(seen.ends).toEqual([false]);
      expect(seen.destroyed).toBe(1);
      expect(Buffer.concat(seen.bytes).toString()).toBe("begin");
    });

    it("cuts the answer off when the encoder fails, and says so", async () => {
      const seen = createSeen();
      const layer: Layer = {
        name: "broken",
        onHead: (_x, _head, body) =>
          body.whenBody(() =>
            body.encode((output) => ({
              write: (bytes) => {
                output.push(bytes);
                setImmediate(() => output.fail(new Error("encoder")));
                return true;
              },
              flush: () => undefined,
              end: () => undefined,
              destroy: () => void seen.destroyed++,
            })),
          ),
      };
      const probe = watch([layer, createObserveLayer(seen)]);
      const client = open(await serve((_request, response) => void response.write("begin"), probe));
      await expect(client.ask("/")).rejects.toThrow(/aborted|INTERNAL_ERROR/);
      expect(await probe.waitForEnded(1)).toMatchObject([{ outcome: { aborted: true } }]);
      expect(probe.gatewatch.gate.stats().failures).toEqual({ "body.encode": 1 });
      expect(seen).toMatchObject({ ends: [false], destroyed: 1 });
    });

    it("makes the app wait for the encoder, and loses nothing of 10 MB", async () => {
      const seen = createSeen();
      const probe = watch([createGzipLayer(seen)]);
      const chunk = Buffer.alloc(64 * 1024, "0123456789abcdef");
      let waited = 0;
      const order: string[] = [];
      const server = await serve(async (_request, response) => {
        response.on("finish", () => order.push("finish"));
        response.on("close", () => order.push("close"));
        for (let round = 0; round < 160; round++) {
          if (response.write(chunk)) continue;
          waited++;
          if (!response.writableNeedDrain && protocol === "http1") order.push("needs no drain");
          await once(response, "drain");
        }
        response.end(() => order.push("end"));
        order.push(`ended ${String(response.writableEnded)}`);
      }, probe);
      const answer = await open(server).ask("/");
      expect(answer.body.length).toBe(160 * chunk.length);
      expect(answer.body.subarray(-16).toString()).toBe("0123456789abcdef");
      expect(waited).toBeGreaterThan(10);
      const [ended] = await probe.waitForEnded(1);
      expect(ended?.outcome.responseBytes).toBe(answer.raw.length);
      expect(order[0]).toBe("ended true");
      expect(order).toContain("end");
      expect(order).toContain("finish");
    });

    it("offers flush() where it encodes, and only there", async () => {
      const seen = createSeen();
      const has: string[] = [];
      for (const layers of [[createGzipLayer(seen)], [createObserveLayer(seen)]]) {
        const server = await serve((_request, response) => {
          response.write("data: 1\n\n");
          has.push(typeof (response as { flush?: unknown }).flush);
          (response as { flush?: () => void }).flush?.();
        }, watch(layers));
        // The first event arrives although the answer has no end.
        await open(server).abandon("/");
      }
      expect(has).toEqual(["function", "undefined"]);
    });

    it("refuses what Node refuses after the end, while the encoder still works", async () => {
      const probe = watch([createGzipLayer(createSeen())]);
      const codes: unknown[] = [];
      const server = await serve(async (_request, response) => {
        response.on("error", (error: NodeJS.ErrnoException) => codes.push(error.code));
        response.write("first");
        response.end("last");
        codes.push(response.headersSent, response.writableEnded);
        const told = new Promise((resolve) => response.write("late", resolve));
        codes.push(((await told) as NodeJS.ErrnoException | null)?.code);
      }, probe);
      const text = await open(server)
        .ask("/")
        .then(({ body }) => body.toString())
        .catch(() => "cut off");
      // HTTP/2 breaks the stream off at such a write.
      expect(text).toBe(protocol === "http1" ? "firstlast" : "cut off");
      await probe.waitForEnded(1);
      expect(codes.slice(0, 3)).toEqual([true, true, "ERR_STREAM_WRITE_AFTER_END"]);
    });

    it("behaves as after writeHead although the head is still open to the layers", async () => {
      const seen: unknown[] = [];
      const probe = watch([createGzipLayer(createSeen())]);
      const handle: NodeHandler = (_request, response) => {
        response.writeHead(201, { "X-Own": "1" });
        seen.push(response.headersSent, response.statusCode);
        for (const call of [() => response.setHeader("X-Late", "1"), () => response.writeHead(500)]) {
          try {
            call();
            seen.push("nothing");
          } catch (error) {
            seen.push((error as NodeJS.ErrnoException).code);
          }
        }
        response.end("body");
      };
      await open(await serve(handle, undefined)).ask("/");
      const bare = seen.splice(0);
      const answer = await open(await serve(handle, probe)).ask("/");
      expect(seen).toEqual(bare);
      expect([answer.status, answer.body.toString(), answer.headers["x-late"]]).toEqual([201, "body", undefined]);
    });

    itWhere(protocol === "http1", "keeps pipelined answers apart", async () => {
      const probe = watch([createGzipLayer(createSeen()), createReplaceLayer(createSeen(), "!")]);
      const server = await serve(async (request, response) => {
        if (request.url === "/slow") for (let turn = 0; turn < 5; turn++) await nextTurn();
        if (request.url === "/stream") {
          response.write("stream ");
          await nextTurn();
        }
        response.end(`answer to ${request.url}`);
      }, probe);
      const client = await RawClient.open(server);
      const raw = await client.send(get("/slow", "") + get("/stream", "") + get("/c")).untilClosed();
      expect(raw.toString("latin1").match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
      const ended = await probe.waitForEnded(3);
      expect(new Set(ended.map(({ x }) => x.url))).toEqual(new Set(["/slow", "/stream", "/c"]));
    });

    itWhere(protocol === "http1", "serves HTTP/1.0 by the connection's end", async () => {
      const server = await serve(
        (_request, response) => {
          response.write("a");
          response.end("b");
        },
        watch([createGzipLayer(createSeen())]),
      );
      const client = await RawClient.open(server);
      const text = (await client.send("GET / HTTP/1.0\r\n\r\n").untilClosed()).toString("latin1");
      expect(text).toContain("Content-Encoding: gzip");
      expect(text).not.toContain("chunked");
    });
  });
}
