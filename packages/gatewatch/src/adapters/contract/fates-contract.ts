import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import { type Duplex, pipeline, Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ErrorEvent, GatewatchEvent, RequestEvent } from "@gatewatch/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { createGatewatch, type Gatewatch } from "../../create-gatewatch.ts";
import type { EarlyReply, Outcome } from "../../gate/exchange.ts";
import type { AdapterDriver } from "./exchange-contract.ts";
import { itWhere } from "./it-where.ts";
import { createFatePeer, type FatePeer } from "./fate-peer.ts";
import { RawClient } from "./raw-client.ts";
import { get, type NodeHandler } from "./scenarios.ts";

interface Fate {
  name: string;
  handle: NodeHandler;
  play(peer: FatePeer): Promise<unknown>;
  status: number;
  aborted?: boolean;
  /** Exchanges; one unless said. */
  count?: number;
  /** Message of the error that is recorded and handed on. */
  error?: string;
  /** The app's own handler gets that error, the very object. */
  isHandedOn?: boolean;
  /** A layer's answer instead of the app's. */
  reply?: EarlyReply;
  /** No route is reached. */
  isUnrouted?: boolean;
  /** HTTP/2 has no such fate. */
  isHttp1Only?: boolean;
}

const failure = new Error("the handler has failed");

/** What can become of a request. */
const FATES: readonly Fate[] = [
  { name: "finish", handle: (_request, response) => response.end("ok"), play: (peer) => peer.ask(), status: 200 },
  {
    name: "abort before the answer",
    handle: (_request, response) => once(response, "close"),
    play: (peer) => peer.leaveAtOnce(),
    status: 0,
    aborted: true,
  },
  {
    name: "abort in the middle of the answer",
    async handle(_request, response) {
      response.write("begin");
      await once(response, "close");
    },
    play: (peer) => peer.leaveAfterFirstByte(),
    status: 200,
    aborted: true,
  },
  {
    name: "throw",
    handle() {
      throw failure;
    },
    play: (peer) => peer.ask(),
    status: 500,
    error: failure.message,
    isHandedOn: true,
  },
  {
    name: "rejection",
    async handle() {
      await nextTurn();
      throw failure;
    },
    play: (peer) => peer.ask(),
    status: 500,
    error: failure.message,
    isHandedOn: true,
  },
  {
    name: "error after the head",
    async handle(_request, response) {
      response.write("begin");
      await nextTurn();
      throw failure;
    },
    play: (peer) => peer.ask(),
    status: 200,
    aborted: true,
    error: failure.message,
    isHandedOn: true,
  },
  {
    name: "error of a stream",
    handle(_request, response) {
      const source = new Readable({ read: () => undefined });
      pipeline(source, response, () => undefined);
      source.push("begin");
      setImmediate(() => source.destroy(failure));
    },
    play: (peer) => peer.ask(),
    status: 200,
    aborted: true,
    error: failure.message,
  },
  { name: "HEAD", handle: (_request, response) => response.end("ok"), play: (peer) => peer.ask("HEAD"), status: 200 },
  {
    name: "304",
    handle: (_request, response) => response.writeHead(304, { ETag: '"x"' }).end(),
    play: (peer) => peer.ask(),
    status: 304,
  },
  {
    name: "429 of a layer",
    handle: (_request, response) => response.end("never"),
    play: (peer) => peer.ask(),
    status: 429,
    reply: { status: 429, headers: { "Retry-After": "1" }, body: "slow down" },
    isUnrouted: true,
  },
  {
    name: "timeout that cuts the connection",
    handle: (_request, response) => void response.setTimeout(1),
    play: (peer) => peer.ask(),
    status: 0,
    aborted: true,
    isHttp1Only: true,
  },
  {
    name: "timeout that the app answers",
    handle(_request, response) {
      response.setTimeout(1, () => {
        response.statusCode = 503;
        response.end("late");
      });
    },
    play: (peer) => peer.ask(),
    status: 503,
  },
  {
    name: "several requests over one connection",
    async handle(request, response) {
      if (request.url?.includes("1") === true) for (let turn = 0; turn < 5; turn++) await nextTurn();
      response.end("ok");
    },
    play: (peer) => peer.askTogether(3),
    status: 200,
    count: 3,
  },
];

interface Watched {
  core: Gatewatch;
  lines: string[];
  events: GatewatchEvent[];
  outcomes: Outcome[];
  waitForOutcomes(count: number): Promise<void>;
}

/** The whole gate, with everything that it says and delivers kept. */
function watch(reply: EarlyReply | undefined): Watched {
  const lines: string[] = [];
  const events: GatewatchEvent[] = [];
  const outcomes: Outcome[] = [];
  let wake: () => void = () => undefined;
  const write = (...args: unknown[]): void => void lines.push(JSON.stringify(args));
  const core = createGatewatch(
    { logger: { info: write, warn: write, error: write }, sinks: [(event: GatewatchEvent) => void events.push(event)] },
    { env: {}, dotenv: undefined, file: {} },
  );
  const { gate } = core;
  const runFinish = gate.runFinish.bind(gate);
  gate.runFinish = (x, outcome) => {
    runFinish(x, outcome);
    outcomes.push(outcome);
    wake();
  };
  if (reply !== undefined) gate.runRequest = () => reply;
  return {
    core,
    lines,
    events,
    outcomes,
    async waitForOutcomes(count) {
      while (outcomes.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

/** Every fate of a request leaves exactly one line, one event and one outcome, with the right route; on real sockets. */
export function testFatesContract(driver: AdapterDriver): void {
  const { protocol = "http1", route } = driver;
  const servers: Server[] = [];
  const peers: FatePeer[] = [];
  const cores: Gatewatch[] = [];
  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections?.();
      server.close();
    }
    await Promise.all(cores.splice(0).map((core) => core.close()));
  });

  async function serve(handle: NodeHandler, core: Gatewatch, handedOn: unknown[]): Promise<Server> {
    cores.push(core);
    const server = await driver.createServer(handle, core, (error) => handedOn.push(error));
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
  }

  const requestLines = (lines: readonly string[]): string[] =>
    lines.filter((line) => line.includes("request completed") || line.includes("request aborted"));

  describe(`${driver.name}: one record per fate`, () => {
    it.each(FATES.filter(({ isHttp1Only = false }) => protocol === "http1" || !isHttp1Only))("$name", async (fate) => {
      const { count = 1, aborted = false, isUnrouted = false } = fate;
      const watched = watch(fate.reply);
      const handedOn: unknown[] = [];
      const server = await serve(fate.handle, watched.core, handedOn);
      const peer = createFatePeer(server, protocol);
      peers.push(peer);
      await fate.play(peer);
      await watched.waitForOutcomes(count);
      // Whatever would come twice has come by now.
      for (let turn = 0; turn < 3; turn++) await nextTurn();
      await watched.core.flush();
      expect(watched.outcomes).toHaveLength(count);
      expect(requestLines(watched.lines)).toHaveLength(count);
      const requests = watched.events.filter((event): event is RequestEvent => event.type === "request");
      expect(requests).toHaveLength(count);
      for (const event of requests) {
        expect([event.status, event.aborted ?? false]).toEqual([fate.status, aborted]);
        const seen = event.route ?? null;
        expect(seen).toBe(isUnrouted ? null : route === undefined ? seen : route);
      }
      const errors = watched.events.filter((event): event is ErrorEvent => event.type === "error");
      expect(errors.map((event) => event.exceptions[0]?.message)).toEqual(fate.error === undefined ? [] : [fate.error]);
      // Unchanged: the very object.
      expect(handedOn).toHaveLength(fate.isHandedOn === true ? 1 : 0);
      expect(handedOn.every((error) => error === failure)).toBe(true);
      expect(watched.core.stats().hooks.failures).toEqual({});
    });

    itWhere(protocol === "http1", "upgrade", async () => {
      const watched = watch(undefined);
      const server = await serve((_request, response) => response.end("plain"), watched.core, []);
      server.on("upgrade", (_request: IncomingMessage, socket: Duplex) =>
        socket.end("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n"),
      );
      // The server is known from its first request on.
      await (await RawClient.open(server)).send(get("/")).untilClosed();
      await watched.waitForOutcomes(1);
      const client = await RawClient.open(server);
      await client.send(get("/socket", "Connection: Upgrade\r\nUpgrade: echo\r\n")).untilClosed();
      await watched.waitForOutcomes(2);
      await watched.core.flush();
      expect(requestLines(watched.lines)).toHaveLength(2);
      const requests = watched.events.filter((event): event is RequestEvent => event.type === "request");
      expect(requests.map(({ status }) => status)).toEqual([200, 101]);
    });
  });
}
