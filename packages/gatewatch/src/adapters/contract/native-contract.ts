import { once } from "node:events";
import type { Server } from "node:http";
import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import type { Gatewatch } from "../../create-gatewatch.ts";
import type { EarlyReply } from "../../gate/exchange.ts";
import type { Layer } from "../../gate/layer.ts";
import { type BodyClient, createBodyClient } from "./body-client.ts";
import { createGzipLayer, createObserveLayer, createReplaceLayer, createSeen } from "./body-scenarios.ts";
import { createProbe, type Probe } from "./probe.ts";

/** What a handler returns, or throws, for the framework to send by its own means. */
export type NativeAnswer = string | Buffer | Readable | { [key: string]: string | number };

/** An adapter seen through its framework's own way of routing and answering. */
export interface NativeDriver {
  name: string;
  /** The template of the one route, reached as `/items/7`. */
  route: string;
  /** Undefined where errors are the app's own to answer. */
  errorStatus: number | undefined;
  createServer(
    answer: () => NativeAnswer | Promise<NativeAnswer>,
    gatewatch: Gatewatch | undefined,
  ): Server | Promise<Server>;
}

const TEXT = "what the framework sends ".repeat(50);

const ANSWERS: readonly { name: string; make(): NativeAnswer; text: string; isWhole: boolean }[] = [
  { name: "a string", make: () => TEXT, text: TEXT, isWhole: true },
  { name: "bytes", make: () => Buffer.from(TEXT), text: TEXT, isWhole: true },
  {
    name: "an object",
    make: () => ({ name: "desk lamp", price: 89 }),
    text: '{"name":"desk lamp","price":89}',
    isWhole: true,
  },
  { name: "a stream", make: () => Readable.from([TEXT.slice(0, 100), TEXT.slice(100)]), text: TEXT, isWhole: false },
];

/** Bodies, routes and errors as a framework itself writes them; on real sockets. */
export function testNativeContract(driver: NativeDriver): void {
  const servers: Server[] = [];
  const clients: BodyClient[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function open(
    answer: () => NativeAnswer | Promise<NativeAnswer>,
    probe: Probe | undefined,
  ): Promise<BodyClient> {
    const server = await driver.createServer(answer, probe?.gatewatch);
    servers.push(server);
    if (!server.listening) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    const client = createBodyClient(server, "http1");
    clients.push(client);
    return client;
  }

  function watch(layers: readonly Layer[]): Probe {
    const probe: Probe = createProbe({
      layers: [{ name: "ends", onFinish: (x, o) => probe.tellEnded(x, o) }, ...layers],
    });
    return probe;
  }

  describe(`${driver.name}: what the framework sends`, () => {
    it.each(ANSWERS)("is changed, seen and encoded by layers: $name", async ({ make, text, isWhole }) => {
      const seen = createSeen();
      const probe = watch([createGzipLayer(seen), createObserveLayer(seen), createReplaceLayer(seen, "!")]);
      const client = await open(make, probe);
      const bare = await (await open(make, undefined)).ask("/items/7");
      expect(bare.body.toString()).toBe(text);
      const expected = isWhole ? `${text}!` : text;
      for (let round = 1; round <= 2; round++) {
        const answer = await client.ask("/items/7");
        expect([answer.status, answer.body.toString()]).toEqual([200, expected]);
        expect(answer.headers["content-type"]).toBe(bare.headers["content-type"]);
        const length = answer.headers["content-length"];
        expect(length === undefined || length === String(answer.raw.length)).toBe(true);
        const ended = await probe.waitForEnded(round);
        expect(ended[round - 1]?.outcome).toMatchObject({
          status: 200,
          route: driver.route,
          responseBytes: answer.raw.length,
          aborted: false,
        });
        expect(Buffer.concat(seen.bytes.splice(0)).toString()).toBe(expected);
      }
      expect(seen.wholes).toEqual(isWhole ? [text, text] : [undefined, undefined]);
      expect(probe.gatewatch.gate.stats().failures).toEqual({});
    });

    it.each(ANSWERS)("is as it would be without layers that touch it: $name", async ({ make }) => {
      const idle: Layer = { name: "idle", onHead: (_x, _head, body) => body.whenBody(() => undefined) };
      const bare = await (await open(make, undefined)).ask("/items/7");
      const answer = await (await open(make, watch([idle]))).ask("/items/7");
      expect(answer.raw.equals(bare.raw)).toBe(true);
      expect({ ...answer.headers, date: "-" }).toEqual({ ...bare.headers, date: "-" });
    });

    it.each([
      ["thrown", () => fail()],
      ["rejected", async () => Promise.reject(new Error("failed"))],
    ] satisfies [string, () => NativeAnswer | Promise<NativeAnswer>][])(
      "tells of an error, %s",
      async (_name, answer) => {
        const errors: unknown[] = [];
        const probe = watch([{ name: "errors", onError: (_x, error) => void errors.push((error as Error).message) }]);
        const { status } = await (await open(answer, probe)).ask("/items/7");
        expect(status).toBe(driver.errorStatus ?? status);
        expect(errors).toEqual(["failed"]);
        expect(await probe.waitForEnded(1)).toMatchObject([{ outcome: { status, route: driver.route } }]);
      },
    );

    it("lets a layer answer the error", async () => {
      const reply: EarlyReply = { status: 503, headers: { "Content-Type": "text/plain" }, body: "by a layer" };
      const probe = watch([{ name: "reply", onError: () => reply }]);
      const client = await open(fail, probe);
      for (let round = 1; round <= 2; round++) {
        const answer = await client.ask("/items/7");
        expect([answer.status, answer.body.toString()]).toEqual([503, "by a layer"]);
      }
      const head = await client.ask("/items/7", "HEAD");
      expect([head.status, head.raw.length]).toEqual([503, 0]);
    });

    it("lets a layer answer what nobody answers", async () => {
      const reply: EarlyReply = { status: 500, headers: { "X-Own": "1" }, body: "by a layer" };
      const client = await open(fail, watch([{ name: "reply", onUnhandled: () => reply }]));
      const answer = await client.ask("/items/7");
      expect([answer.status, answer.headers["x-own"], answer.body.toString()]).toEqual([500, "1", "by a layer"]);
    });
  });
}

function fail(): never {
  throw new Error("failed");
}
