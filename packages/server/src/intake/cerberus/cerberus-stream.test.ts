import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect as connectSocket, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WebSocket, type ClientOptions } from "ws";
import { createFakeIntake, type FakeIntake } from "../fake-intake.ts";
import { createBatchReceiver } from "../receive-batch.ts";
import { createNativeStream } from "../stream.ts";
import { attachUpgrades, type UpgradeServer } from "../upgrades.ts";
import { createCerberusStream, type CerberusStreamOptions } from "./cerberus-stream.ts";

const EVENT = { api_key: "in", client_id: "shop", endpoint: "/a", method: "GET", custom_data: { n: 1 } };
const frameOf = (patch: Record<string, unknown> = {}): string => JSON.stringify({ ...EVENT, ...patch });

let server: Server | undefined;
let upgrades: UpgradeServer | undefined;
const clients: WebSocket[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const client of clients.splice(0)) client.terminate();
  await upgrades?.close();
  if (server?.listening === true) await new Promise((resolve) => server!.close(resolve));
});

async function start(options: CerberusStreamOptions = {}): Promise<FakeIntake & { port: number }> {
  const fake = createFakeIntake();
  const receiver = createBatchReceiver(fake.deps);
  server = createServer();
  upgrades = attachUpgrades(server, fake.deps, [
    createNativeStream(fake.deps, receiver),
    createCerberusStream(fake.deps, receiver, options),
  ]);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { ...fake, port: (server.address() as AddressInfo).port };
}

async function connect(port: number, path = "/ws/events", options: ClientOptions = {}): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${port}${path}`, options);
  clients.push(client);
  await once(client, "open");
  return client;
}

/** Sends one frame and takes the one message that follows. */
async function exchange(client: WebSocket, frame: string | Buffer): Promise<Record<string, unknown>> {
  const message = once(client, "message") as Promise<[Buffer]>;
  client.send(frame);
  return JSON.parse((await message)[0].toString()) as Record<string, unknown>;
}

describe("/ws/events", () => {
  it.each(["/ws/events", "/ws/events/", "/ws/events?client=1"])(
    "answers each frame once, durable: %s",
    async (path) => {
      const { port, journal } = await start();
      const client = await connect(port, path);
      const seen: string[] = [];
      client.on("message", (data: Buffer) => seen.push(data.toString()));
      for (let index = 1; index <= 5; index++) {
        expect(await exchange(client, frameOf())).toEqual({ status: "ok" });
        expect(journal.records).toHaveLength(index);
      }
      // A ping is answered behind everything that was sent before.
      client.ping();
      await once(client, "pong");
      expect(seen).toHaveLength(5);
    },
  );

  it("takes compressed frames, and bytes for text", async () => {
    const { port, journal } = await start();
    const client = await connect(port, "/ws/events", { perMessageDeflate: { threshold: 0 } });
    expect(client.extensions).toContain("permessage-deflate");
    expect(await exchange(client, frameOf({ body: { text: "x".repeat(100_000) } }))).toEqual({ status: "ok" });
    expect(await exchange(client, Buffer.from(frameOf()))).toEqual({ status: "ok" });
    expect(journal.records).toHaveLength(2);
  });

  it("answers frames that come at once one after the other", async () => {
    const { port, journal } = await start();
    const client = await connect(port);
    const acks: unknown[] = [];
    const done = new Promise<void>((resolve) =>
      client.on("message", (data: Buffer) => {
        acks.push((JSON.parse(data.toString()) as { status: string }).status);
        if (acks.length === 200) resolve();
      }),
    );
    for (let index = 0; index < 200; index++) client.send(index % 2 === 0 ? frameOf() : "nonsense");
    await done;
    expect(acks).toEqual(Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? "ok" : "error")));
    expect(journal.records).toHaveLength(100);
  });

  it("ends a connection after ten wrong keys, each of which had its answer", async () => {
    const { port, deps } = await start();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const client = await connect(port);
    const closed = once(client, "close") as Promise<[number]>;
    const acks: unknown[] = [];
    client.on("message", (data: Buffer) => {
      acks.push((JSON.parse(data.toString()) as { error: string }).error);
      client.send(frameOf({ api_key: "nobody" }));
    });
    client.send(frameOf({ api_key: "nobody" }));
    const ticking = new AbortController();
    void closed.then(() => ticking.abort());
    while (!ticking.signal.aborted) await vi.advanceTimersByTimeAsync(50);
    expect((await closed)[0]).toBe(1008);
    expect(acks).toEqual(Array.from({ length: 10 }, () => "invalid_api_key"));
    expect(deps.counters.refused).toEqual({ unauthorized: 10 });
  });

  it("leaves idle connections alone, but not those that never brought anything", async () => {
    const { port } = await start();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    const [used, unused] = [await connect(port), await connect(port)];
    expect(await exchange(used, frameOf())).toEqual({ status: "ok" });
    const closed = once(unused, "close") as Promise<[number]>;
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await closed)[0]).toBe(1008);
    await vi.advanceTimersByTimeAsync(7 * 86_400_000);
    expect(await exchange(used, frameOf())).toEqual({ status: "ok" });
  });

  it("ends a connection whose frame is beyond every bound, also when it is packed", async () => {
    const { port, journal } = await start();
    const client = await connect(port, "/ws/events", { perMessageDeflate: { threshold: 0 } });
    client.send(Buffer.alloc(9 * 1024 * 1024, 0x20));
    expect(((await once(client, "close")) as [number])[0]).toBe(1009);
    expect(journal.records).toEqual([]);
  });

  it("bounds the connections of an address, and what their unfinished frames hold", async () => {
    const { port } = await start({ maxPerAddress: 2, maxUnfinishedBytes: 100_000 });
    const [first] = [await connect(port), await connect(port)];
    const refused = new WebSocket(`ws://127.0.0.1:${port}/ws/events`);
    const [, response] = (await once(refused, "unexpected-response")) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(429);
    first!.on("error", () => {});
    first!.send("x".repeat(200_000), { fin: false, compress: false });
    expect(((await once(first!, "close")) as [number])[0]).toBe(1013);
    expect(await exchange(await connect(port), frameOf())).toEqual({ status: "ok" });
  });

  it("answers what it has taken before it goes", async () => {
    const { port, journal } = await start();
    const client = await connect(port);
    const gate = Promise.withResolvers<void>();
    journal.gate = gate.promise;
    const seen: string[] = [];
    client.on("message", (data: Buffer) => seen.push(data.toString()));
    client.send(frameOf());
    await journal.attempted(1);
    const closing = upgrades!.close();
    upgrades = undefined;
    const closed = once(client, "close") as Promise<[number]>;
    gate.resolve();
    await closing;
    expect((await closed)[0]).toBe(1001);
    expect(seen).toEqual(['{"status":"ok"}']);
  });

  it("shares one refusal with the other streams", async () => {
    const { port } = await start();
    const socket = connectSocket(port, "127.0.0.1");
    socket.write("GET /ws/other HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).toContain("see /v1/stream and /ws/events.");
  });

  it("counts connections together with those of the native stream", async () => {
    const { port, deps } = await start();
    const [one, other] = [
      await connect(port),
      await connect(port, "/v1/stream", { headers: { authorization: "Bearer in" } }),
    ];
    expect(deps.counters.connections).toBe(2);
    await upgrades!.close();
    upgrades = undefined;
    await Promise.all([one, other].map((client) => client.readyState === client.CLOSED || once(client, "close")));
    expect(deps.counters.connections).toBe(0);
  });
});
