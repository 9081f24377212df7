import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { connect as connectSocket, type AddressInfo } from "node:net";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { streamAnswerSchema } from "@gatewatch/protocol/schema/batch-schema";
import Schema from "typebox/schema";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { JournalError } from "../model/journal.ts";
import { createFakeIntake, FAKE_NOW, type FakeIntake } from "./fake-intake.ts";
import type { IntakeDeps } from "./intake-deps.ts";
import { createBatchReceiver } from "./receive-batch.ts";
import { createNativeStream, type StreamOptions } from "./stream.ts";
import { attachUpgrades, type UpgradeServer } from "./upgrades.ts";

const REQUEST = { type: "request", time: FAKE_NOW, method: "GET", path: "/a", status: 200, durationMs: 1 };

let server: Server | undefined;
let stream: UpgradeServer | undefined;
const clients: WebSocket[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  await stream?.close();
  if (server?.listening === true) await new Promise((resolve) => server!.close(resolve));
});

async function start(
  options: StreamOptions = {},
  overrides: Partial<IntakeDeps> = {},
): Promise<FakeIntake & { port: number }> {
  const fake = createFakeIntake(overrides);
  server = createServer();
  stream = attachUpgrades(server, fake.deps, [createNativeStream(fake.deps, createBatchReceiver(fake.deps), options)]);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { ...fake, port: (server.address() as AddressInfo).port };
}

async function connect(port: number, options: { token?: string; autoPong?: boolean } = {}): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${port}/v1/stream`, {
    headers: { authorization: `Bearer ${options.token ?? "in"}` },
    autoPong: options.autoPong ?? true,
  });
  clients.push(client);
  await once(client, "open");
  return client;
}

function idOf(index: number): string {
  return `0197a3f4-5c1e-7d20-8f43-${index.toString(16).padStart(12, "0")}`;
}

function frameOf(index: number): string {
  return JSON.stringify({ batch: idOf(index), sentAt: FAKE_NOW, events: [REQUEST] });
}

/** The next `count` answers, each checked against the schema. */
function answers(client: WebSocket, count: number): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    const list: Record<string, unknown>[] = [];
    client.on("message", (data: Buffer) => {
      const answer = JSON.parse(data.toString("utf8")) as Record<string, unknown>;
      list.push(answer);
      if (!Schema.Check(streamAnswerSchema, answer)) reject(new Error(`not an answer: ${data.toString("utf8")}`));
      if (list.length === count) resolve(list);
    });
    client.on("close", () => reject(new Error("closed")));
  });
}

function handshake(port: number, path: string, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: "127.0.0.1",
      port,
      path,
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
        ...headers,
      },
    });
    request.on("response", resolve);
    request.on("error", reject);
    request.on("upgrade", (_response, socket) => {
      socket.destroy();
      reject(new Error("upgraded"));
    });
    request.end();
  });
}

describe("/v1/stream", () => {
  it("acknowledges each batch once it is durable", async () => {
    const { port, journal, deps } = await start();
    const client = await connect(port);
    const received = answers(client, 2);
    client.send(frameOf(1));
    client.send(frameOf(2));
    expect((await received).map((answer) => answer["ack"]).sort()).toEqual([idOf(1), idOf(2)]);
    expect(journal.records).toHaveLength(2);
    expect(deps.counters).toMatchObject({ acceptedEvents: 2, connections: 1 });
  });

  it.each([
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ] as const)("takes binary frames of %s", async (_name, compress) => {
    const { port } = await start();
    const client = await connect(port);
    const received = answers(client, 1);
    client.send(compress(frameOf(3)));
    expect(await received).toEqual([{ ack: idOf(3), accepted: 1, duplicate: false, rejected: [] }]);
  });

  it.each([
    ["/v1/stream", {}, 401],
    ["/v1/stream", { authorization: "Bearer nobody" }, 401],
    ["/v1/stream/", { authorization: "Bearer rd" }, 403],
    ["/elsewhere", { authorization: "Bearer in" }, 404],
  ])("refuses the handshake at %s with %j", async (path, headers, status) => {
    const { port } = await start();
    const response = await handshake(port, path, headers as Record<string, string>);
    expect(response.statusCode).toBe(status);
    response.resume();
    await once(response, "end");
  });

  it("takes no more connections than it may hold", async () => {
    const { port } = await start({ maxConnections: 1 });
    await connect(port);
    const response = await handshake(port, "/v1/stream", { authorization: "Bearer in" });
    expect([response.statusCode, response.headers["retry-after"]]).toEqual([503, "5"]);
    response.resume();
  });

  it("takes as many connections of one credential as it may have, and counts those that have gone", async () => {
    const { port, deps } = await start({ maxPerCredential: 2 });
    const upgraded = once(server!, "upgrade") as Promise<[IncomingMessage, Duplex]>;
    const first = await connect(port);
    const [, socket] = await upgraded;
    await connect(port);
    const refused = await handshake(port, "/v1/stream", { authorization: "Bearer in" });
    expect([refused.statusCode, refused.headers["retry-after"]]).toEqual([429, "5"]);
    expect(deps.counters.refused).toEqual({ rate_limited: 1 });
    await connect(port, { token: "in2" });
    const gone = once(socket, "close");
    first.close();
    await gone;
    await connect(port);
  });

  it("bounds what the unfinished frames of one credential hold together, and charges for them", async () => {
    const charged = Promise.withResolvers<number>();
    const { port, deps } = await start(
      { maxUnfinishedBytes: 200_000 },
      {
        shared: {
          takeTokens: async (_key, cost) => {
            charged.resolve(cost);
            return { ok: true, left: 1000 };
          },
        },
      },
    );
    const [one, two] = [await connect(port), await connect(port)];
    const closed = Promise.race([once(one, "close"), once(two, "close")]);
    one.send(Buffer.alloc(150_000, 0x20), { fin: false, binary: false });
    two.send(Buffer.alloc(150_000, 0x20), { fin: false, binary: false });
    expect((await closed)[0]).toBe(1013);
    expect(deps.counters.refused).toEqual({ rate_limited: 1 });
    expect(await charged.promise).toBeGreaterThanOrEqual(32);
  });

  it("forgets what a frame held once it has ended", async () => {
    const { port, journal } = await start({ maxUnfinishedBytes: 200_000 });
    const client = await connect(port);
    const padding = " ".repeat(120_000);
    for (const index of [1, 2, 3, 4]) {
      const received = answers(client, 1);
      client.send(frameOf(index) + padding);
      await received;
    }
    expect(journal.records).toHaveLength(4);
  });

  it("charges for frames that cannot be unpacked, too", async () => {
    const { port, taken } = await start();
    const client = await connect(port);
    const received = answers(client, 1);
    client.send(Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(10_000)]));
    expect(await received).toMatchObject([{ nack: "", code: "unreadable_frame" }]);
    expect(taken.map(({ cost }) => cost)).toEqual([42]);
  });

  it("answers failures with a nack that names the batch", async () => {
    const { port, journal, empty } = await start();
    const client = await connect(port);
    journal.failures.push(new JournalError("journal_disk_full", "no"));
    let received = answers(client, 1);
    client.send(frameOf(4));
    expect(await received).toMatchObject([{ nack: idOf(4), code: "unavailable", retryAfterMs: 5000 }]);
    empty.add("intake:1");
    received = answers(client, 1);
    client.send(gzipSync(frameOf(5)));
    expect(await received).toMatchObject([{ nack: idOf(5), code: "rate_limited", retryAfterMs: 1500 }]);
    empty.clear();
    received = answers(client, 2);
    client.send("nonsense");
    client.send(Buffer.from("nonsense"));
    expect(await received).toMatchObject([
      { nack: "", code: "unreadable_frame" },
      { nack: "", code: "unreadable_frame" },
    ]);
    received = answers(client, 1);
    client.send(JSON.stringify({ batch: idOf(6), sentAt: 1, events: 5 }));
    expect(await received).toMatchObject([{ nack: idOf(6), code: "unreadable_frame" }]);
  });

  it("hangs up on a client that sends nothing but broken frames", async () => {
    const { port } = await start();
    const client = await connect(port);
    const closed = once(client, "close");
    for (let index = 0; index < 10; index++) client.send("nonsense");
    expect((await closed)[0]).toBe(1008);
  });

  it("closes with 1009 on a frame over the limit", async () => {
    const { port } = await start();
    const client = await connect(port);
    const closed = once(client, "close");
    client.send("x".repeat(8 * 1024 * 1024 + 1));
    expect((await closed)[0]).toBe(1009);
  });

  it("works on at most 32 batches of a connection at once and stops reading", async () => {
    const { port, journal } = await start();
    let open: () => void = () => {};
    journal.gate = new Promise((resolve) => (open = resolve));
    const client = await connect(port);
    const received = answers(client, 100);
    for (let index = 0; index < 100; index++) client.send(frameOf(index));
    await journal.attempted(32);
    // A second connection is served meanwhile, so that the first one's frames had their time.
    const other = await connect(port, { token: "in2" });
    const otherAnswer = answers(other, 1);
    other.send("nonsense");
    await otherAnswer;
    expect(journal.attempts).toBe(32);
    open();
    expect(new Set((await received).map((answer) => answer["ack"])).size).toBe(100);
  });

  it("drops a peer that does not answer pings", async () => {
    const { port } = await start({ pingIntervalMs: 10 });
    const client = await connect(port, { autoPong: false });
    expect((await once(client, "close"))[0]).toBe(1006);
  });

  it("ends the connections of a token that was revoked", async () => {
    const { port, principals } = await start({ pingIntervalMs: 10 });
    const client = await connect(port);
    principals.delete("in");
    expect((await once(client, "close"))[0]).toBe(1008);
  });

  it("answers what it has taken before it closes", async () => {
    const { port, journal } = await start();
    let open: () => void = () => {};
    journal.gate = new Promise((resolve) => (open = resolve));
    const client = await connect(port);
    const received = answers(client, 1);
    const closed = once(client, "close");
    client.send(frameOf(7));
    await journal.attempted(1);
    const closing = stream!.close();
    open();
    expect(await received).toMatchObject([{ ack: idOf(7) }]);
    expect((await closed)[0]).toBe(1001);
    await closing;
  });

  it("survives clients that vanish during handshake and work", async () => {
    const { port, journal, failures } = await start();
    let open: () => void = () => {};
    journal.gate = new Promise((resolve) => (open = resolve));
    const client = await connect(port);
    client.send(frameOf(8));
    await journal.attempted(1);
    client.terminate();
    await once(client, "close");
    open();
    const next = await connect(port);
    const received = answers(next, 1);
    next.send(frameOf(8));
    expect(await received).toMatchObject([{ ack: idOf(8), duplicate: true }]);
    expect(failures).toEqual([]);
  });

  it("survives peers that reset the connection in the middle of an upgrade, on any path", async () => {
    const { port } = await start();
    const hurry = async (path: string): Promise<void> => {
      const socket = connectSocket(port, "127.0.0.1");
      await once(socket, "connect");
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
      setImmediate(() => socket.resetAndDestroy());
      await once(socket, "close");
    };
    for (let round = 0; round < 100; round++) await Promise.all([hurry("/nope"), hurry("/v1/stream")]);
    expect((await connect(port)).readyState).toBe(WebSocket.OPEN);
  });
});
