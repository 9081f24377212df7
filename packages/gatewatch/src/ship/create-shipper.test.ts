import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ErrorEvent, NativeBatch, RequestEvent } from "@gatewatch/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClockStandIn, until, type ClockStandIn } from "./clock-stand-in.ts";
import { BEST_ENCODING } from "./compress.ts";
import { createShipper, type Shipper } from "./create-shipper.ts";
import { acceptance, countEvents, startServerStandIn, type ServerStandIn } from "./server-stand-in.ts";
import type { ShipperOptions } from "./shipper-options.ts";

let server: ServerStandIn;
let clock: ClockStandIn;
let folder: string;
let log: string[];
const shippers: Shipper[] = [];
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);

beforeEach(async () => {
  server = await startServerStandIn();
  clock = createClockStandIn(Date.now());
  folder = mkdtempSync(join(tmpdir(), "gatewatch-ship-"));
  log = [];
  process.on("unhandledRejection", onUnhandled);
});

afterEach(async () => {
  for (const shipper of shippers.splice(0)) {
    const closing = shipper.close(0);
    clock.advance(0);
    await closing;
  }
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
  process.off("unhandledRejection", onUnhandled);
  if (unhandled.length > 0) throw new Error("a rejection was not handled", { cause: unhandled[0] });
});

function ship(options: Partial<ShipperOptions> = {}): Shipper {
  // One that outlives its test must not speak in the next.
  const ownLog = log;
  const say = (message: string): unknown => ownLog.push(message);
  const logger = { info: say, warn: say, error: say };
  const shipper = createShipper({
    url: server.url,
    token: "gatewatch_in_x",
    logger,
    clock,
    random: () => 0.5,
    transport: "http",
    ...options,
  });
  shippers.push(shipper);
  return shipper;
}

function requestEvent(path: string): RequestEvent {
  return {
    type: "request",
    time: clock.now(),
    method: "GET",
    path,
    route: "/",
    status: 200,
    durationMs: 1.5,
    requestId: `r-${path}`,
  };
}

function errorEvent(id: string, message = "boom"): ErrorEvent {
  return {
    type: "error",
    id,
    time: clock.now(),
    level: "error",
    handled: true,
    mechanism: "throw",
    exceptions: [{ type: "Error", message, frames: [] }],
  };
}

function idsOf(batches: readonly NativeBatch[]): string[] {
  return batches.flatMap((batch) => (batch.events ?? []).map((event) => (event.type === "error" ? event.id : "")));
}

async function spoolOne(shipper: Shipper, id: string): Promise<void> {
  const before = shipper.stats().spooledBatches;
  shipper.push(errorEvent(id));
  clock.advance(100);
  await until(() => shipper.stats().spooledBatches === before + 1);
}

describe("createShipper()", () => {
  test("sends requests as columns with a dictionary and errors as they are, each batch under a UUIDv7", async () => {
    const shipper = ship({ resource: { service: "shop" } });
    shipper.push(requestEvent("/a"));
    shipper.push(requestEvent("/a"));
    shipper.push(errorEvent("e1"));
    expect(await shipper.flush(1_000)).toBe(true);
    const batch = server.batches.find(({ columns }) => columns !== undefined);
    expect(batch?.batch).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(batch?.resource).toEqual({ service: "shop" });
    expect(batch?.columns?.request).toMatchObject({
      n: 2,
      status: [200, 200],
      durationUs: [1500, 1500],
      requestId: ["r-/a", "r-/a"],
    });
    expect(batch?.dict).toEqual(["GET", "/a", "/"]);
    expect(idsOf(server.batches)).toEqual(["e1"]);
    expect(server.headers[0]?.authorization).toBe("Bearer gatewatch_in_x");
    expect(shipper.stats()).toMatchObject({ pushed: 3, sent: 3, queued: 0, queuedBytes: 0, circuit: "closed" });
  });

  test("waits a second for company, and a tenth of one when an error waits", async () => {
    const shipper = ship();
    shipper.push(requestEvent("/a"));
    expect(clock.pending()).toContain(1_000);
    clock.advance(500);
    shipper.push(errorEvent("e1"));
    clock.advance(99);
    expect(server.batches).toHaveLength(0);
    clock.advance(1);
    await until(() => shipper.stats().sent === 1);
    expect(idsOf(server.batches)).toEqual(["e1"]);
    clock.advance(400);
    await until(() => shipper.stats().sent === 2);
    expect(server.batches).toHaveLength(2);
  });

  test("sends a full batch at once and keeps its bounds", async () => {
    const shipper = ship({ maxBatchEvents: 10 });
    for (let index = 0; index < 25; index += 1) shipper.push(requestEvent(`/${index}`));
    await until(() => shipper.stats().sent === 20);
    clock.advance(1_000);
    await until(() => shipper.stats().sent === 25);
    expect(server.batches.map(countEvents)).toEqual([10, 10, 5]);
  });

  test("drops the oldest requests first when the queue is full, and reports the drops to the server", async () => {
    const shipper = ship({ maxQueueEvents: 3, maxInFlight: 1 });
    server.onPost = () => undefined;
    shipper.push(requestEvent("/first"));
    clock.advance(1_000);
    await until(() => server.batches.length === 1);
    for (const id of ["e1", "e2"]) shipper.push(errorEvent(id));
    for (const path of ["/a", "/b", "/c"]) shipper.push(requestEvent(path));
    expect(shipper.stats().dropped).toEqual({ queue_full: 2 });
    server.onPost = (batch, response) => void response.end(JSON.stringify(acceptance(batch)));
    clock.advance(5_000);
    await until(() => shipper.stats().circuit === "open");
    clock.advance(250);
    await until(() => shipper.stats().sent === 4);
    expect(idsOf(server.batches)).toEqual(["e1", "e2"]);
    expect(server.batches.at(-1)?.dict).toContain("/c");
    expect(server.batches.map(({ drops }) => drops).filter((drops) => drops !== undefined)).toEqual([
      { queue_full: 2 },
    ]);
  });

  test("repeats a batch under the same id after 503, and waits as long as Retry-After says", async () => {
    const shipper = ship();
    let refusals = 1;
    const accept = server.onPost;
    server.onPost = (batch, response) => {
      refusals -= 1;
      if (refusals >= 0) response.writeHead(503, { "retry-after": "7" }).end();
      else accept(batch, response);
    };
    shipper.push(errorEvent("e1"));
    clock.advance(100);
    await until(() => shipper.stats().circuit === "open");
    await until(() => clock.pending().includes(7_000));
    clock.advance(6_999);
    expect(server.batches).toHaveLength(1);
    clock.advance(1);
    await until(() => shipper.stats().sent === 1);
    expect(server.batches[1]?.batch).toBe(server.batches[0]?.batch);
    expect(log).toHaveLength(2);
    expect(log[1]).toContain("is back");
  });

  test("says once that the server is away and doubles the ceiling of its backoff", async () => {
    const shipper = ship();
    await server.stop();
    shipper.push(errorEvent("e1"));
    clock.advance(100);
    for (const delay of [250, 500, 1_000, 2_000]) {
      await until(() => clock.pending().includes(delay));
      clock.advance(delay);
    }
    await until(() => shipper.stats().circuit === "open");
    expect(log).toHaveLength(1);
    await server.start();
    clock.advance(30_000);
    await until(() => shipper.stats().sent === 1);
    expect(log).toHaveLength(2);
  });

  test.each([
    ["HTML from a captive portal", (response: { end(text: string): void }) => response.end("<html>Welcome</html>")],
    [
      "an answer about another batch",
      (response: { end(text: string): void }) => response.end('{"batch":"x","accepted":1}'),
    ],
    ["a JSON array", (response: { end(text: string): void }) => response.end("[]")],
  ])("does not take %s for an acceptance", async (_name, answer) => {
    const shipper = ship();
    server.onPost = (_batch, response) => answer(response);
    shipper.push(errorEvent("e1"));
    clock.advance(100);
    await until(() => shipper.stats().circuit === "open");
    expect(shipper.stats()).toMatchObject({ sent: 0, queued: 1 });
  });

  test("survives a server that dies in the middle of its answer", async () => {
    const shipper = ship();
    server.onPost = (_batch, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("{");
      response.socket?.destroy();
    };
    shipper.push(errorEvent("e1"));
    clock.advance(100);
    await until(() => shipper.stats().circuit === "open");
    expect(shipper.stats().queued).toBe(1);
  });

  test("gives up a server that stalls after five seconds", async () => {
    const shipper = ship();
    server.onPost = () => undefined;
    shipper.push(errorEvent("e1"));
    clock.advance(100);
    await until(() => server.batches.length === 1);
    expect(clock.pending()).toContain(5_000);
    clock.advance(5_000);
    await until(() => shipper.stats().circuit === "open");
    expect(shipper.stats().lastError).toContain("5000 ms");
  });

  test.each([400, 422])("drops a batch that is answered with %i, and goes on", async (status) => {
    const shipper = ship();
    server.onPost = (_batch, response) => void response.writeHead(status).end("no");
    shipper.push(errorEvent("e1"));
    expect(await shipper.flush(1_000)).toBe(true);
    expect(shipper.stats()).toMatchObject({ dropped: { rejected: 1 }, circuit: "closed", queued: 0 });
  });

  test("counts single events that the server refuses", async () => {
    const shipper = ship();
    server.onPost = (batch, response) =>
      void response.end(
        JSON.stringify({
          batch: batch.batch,
          accepted: 1,
          duplicate: false,
          rejected: [{ index: 0, code: "x", message: "y" }],
        }),
      );
    shipper.push(errorEvent("e1"));
    shipper.push(errorEvent("e2"));
    await shipper.flush(1_000);
    expect(shipper.stats()).toMatchObject({ sent: 1, dropped: { rejected: 1 } });
  });

  test("stops at 401, says so once and counts what it can no longer send", async () => {
    const shipper = ship();
    server.onPost = (_batch, response) => void response.writeHead(401).end();
    shipper.push(errorEvent("e1"));
    await shipper.flush(1_000);
    shipper.push(errorEvent("e2"));
    clock.advance(60_000);
    expect(shipper.stats()).toMatchObject({ dropped: { unauthorized: 2 }, queued: 0 });
    expect(server.batches).toHaveLength(1);
    expect(log).toHaveLength(1);
    expect(log[0]).toContain("GATEWATCH_TOKEN");
  });

  test("halves a batch once that is too large", async () => {
    const shipper = ship();
    const accept = server.onPost;
    server.onPost = (batch, response) =>
      countEvents(batch) > 3 ? void response.writeHead(413).end() : accept(batch, response);
    for (const path of ["/1", "/2", "/3", "/4"]) shipper.push(requestEvent(path));
    for (const id of ["e1", "e2"]) shipper.push(errorEvent(id));
    expect(await shipper.flush(1_000)).toBe(true);
    expect(server.batches.map(countEvents)).toEqual([2, 4, 2, 2]);
    expect(new Set(server.batches.map((batch) => batch.batch)).size).toBe(4);
    expect(shipper.stats()).toMatchObject({ sent: 6, dropped: {} });
  });

  test("falls back from zstd to gzip where the server asks for it", async () => {
    const shipper = ship();
    const accept = server.onPost;
    server.onPost = (batch, response) =>
      server.headers.at(-1)?.["content-encoding"] === "zstd"
        ? void response.writeHead(415).end()
        : accept(batch, response);
    shipper.push(errorEvent("e1", "x".repeat(5_000)));
    expect(await shipper.flush(1_000)).toBe(true);
    expect(server.headers.at(-1)?.["content-encoding"]).toBe("gzip");
    expect(shipper.stats().sent).toBe(1);
  });

  test("flush() reports false when the deadline passes first, and close() counts what is lost", async () => {
    const shipper = ship();
    server.onPost = () => undefined;
    shipper.push(errorEvent("e1"));
    const flushed = shipper.flush(2_000);
    await until(() => server.batches.length === 1);
    clock.advance(2_000);
    expect(await flushed).toBe(false);
    const closing = shipper.close(1_000);
    clock.advance(1_000);
    await closing;
    expect(shipper.stats().dropped).toEqual({ shutdown_deadline: 1 });
  });

  test("gives up a batch that breaks the server ten times", async () => {
    const shipper = ship();
    server.onPost = (_batch, response) => void response.writeHead(500).end();
    shipper.push(errorEvent("e1"));
    clock.advance(100);
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      await until(() => server.batches.length === attempt && (shipper.stats().circuit === "open" || attempt === 10));
      await until(() => attempt === 10 || clock.pending().some((delay) => delay <= 15_000));
      if (attempt < 10) clock.advance(30_000);
    }
    await until(() => shipper.stats().dropped.rejected === 1);
    expect(new Set(server.batches.map((batch) => batch.batch)).size).toBe(1);
  });
});

describe("createShipper() in a storm", () => {
  test("holds a bounded number of events and bytes while the server is away, and its counts add up", async () => {
    await server.stop();
    const shipper = ship({ maxQueueEvents: 1_000, maxQueueBytes: 500_000 });
    for (let index = 0; index < 10_000; index += 1) {
      shipper.push(errorEvent(`e${index}`, "x".repeat(1_000)));
      if (index % 1_000 === 999) {
        clock.advance(100);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    await until(() => shipper.stats().circuit === "open");
    const { queued, queuedBytes, dropped } = shipper.stats();
    expect(queued).toBeLessThanOrEqual(1_000 + 4 * 500);
    expect(queuedBytes).toBeLessThanOrEqual(500_000 + 4 * 530_000);
    expect(queued + (dropped.queue_bytes_full ?? 0) + (dropped.queue_full ?? 0)).toBe(10_000);
  });
});

describe("createShipper() with a spool", () => {
  test("keeps batches on disk while the server is away, and replays them in order before new ones", async () => {
    await server.stop();
    const shipper = ship({ spool: { folder } });
    for (const id of ["e1", "e2", "e3"]) await spoolOne(shipper, id);
    expect(shipper.stats()).toMatchObject({ queued: 0, spooledBatches: 3 });
    await server.start();
    shipper.push(errorEvent("e4"));
    clock.advance(60_000);
    await until(() => shipper.stats().sent === 4);
    expect(idsOf(server.batches)).toEqual(["e1", "e2", "e3", "e4"]);
    expect(shipper.stats().spooledBatches).toBe(0);
  });

  test("flush() is content with the disk when the server is away", async () => {
    await server.stop();
    const shipper = ship({ spool: { folder } });
    shipper.push(errorEvent("e1"));
    expect(await shipper.flush(1_000)).toBe(true);
    expect(shipper.stats().spooledBatches).toBe(1);
  });

  test("a later process sends what an earlier one left behind, once", async () => {
    await server.stop();
    const first = ship({ spool: { folder } });
    await spoolOne(first, "e1");
    await first.close(0);
    await server.start();
    const second = ship({ spool: { folder } });
    const third = ship({ spool: { folder } });
    expect(second.stats().spooledBatches + third.stats().spooledBatches).toBe(1);
    clock.advance(1);
    await until(() => second.stats().sent + third.stats().sent === 1);
    expect(idsOf(server.batches)).toEqual(["e1"]);
  });

  test("does not touch the batches of a living process", async () => {
    await server.stop();
    const first = ship({ spool: { folder } });
    await spoolOne(first, "e1");
    const second = ship({ spool: { folder } });
    expect(second.stats().spooledBatches).toBe(0);
  });

  test("drops the oldest batch when the spool is full, and expired ones", async () => {
    await server.stop();
    const shipper = ship({ spool: { folder, maxFiles: 2, maxAgeMs: 3_600_000 } });
    for (const id of ["e1", "e2"]) await spoolOne(shipper, id);
    shipper.push(errorEvent("e3"));
    clock.advance(100);
    await until(() => shipper.stats().dropped.spool_full === 1);
    await until(() => shipper.stats().spooledBatches === 2);
    clock.advance(3_700_000);
    await until(() => {
      clock.advance(1_000);
      return shipper.stats().dropped.expired === 2;
    });
    expect(shipper.stats().spooledBatches).toBe(0);
  });

  test("skips a damaged file and counts its events", async () => {
    await server.stop();
    const first = ship({ spool: { folder } });
    await spoolOne(first, "e1");
    await spoolOne(first, "e2");
    await first.close(0);
    const place = readdirSync(folder)[0] ?? "";
    const [name = ""] = readdirSync(join(folder, place)).sort();
    writeFileSync(join(folder, place, name), "gatewatch-spool-1 0 identity 3 whole\nabc");
    await server.start();
    const second = ship({ spool: { folder } });
    clock.advance(1);
    await until(() => second.stats().sent === 1);
    expect(idsOf(server.batches)).toEqual(["e2"]);
    expect(second.stats().dropped).toEqual({ spool_failed: 1 });
  });

  test("works in memory when the folder cannot be written, and says so once", async () => {
    writeFileSync(join(folder, "file"), "");
    const shipper = ship({ spool: { folder: join(folder, "file", "below") } });
    shipper.push(errorEvent("e1"));
    expect(await shipper.flush(1_000)).toBe(true);
    expect(log).toHaveLength(1);
    expect(log[0]).toContain("memory only");
  });

  test("spillSync() puts all that is in memory on disk, batches on their way included", async () => {
    server.onPost = () => undefined;
    const shipper = ship({ spool: { folder } });
    shipper.push(errorEvent("e1"));
    clock.advance(100);
    await until(() => server.batches.length === 1);
    shipper.push(errorEvent("e2"));
    shipper.spillSync();
    expect(shipper.stats().spooledBatches).toBe(2);
  });
});

describe("createShipper() after kill -9 of the app", () => {
  test("the next process sends what the killed one had put on disk, in order and once", async () => {
    const { url } = server;
    await server.stop();
    const child = spawn(process.execPath, [join(import.meta.dirname, "spooling-app-stand-in.ts"), url, folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const said = await new Promise<string>((resolve) =>
      child.stdout.once("data", (data: Buffer) => resolve(data.toString())),
    );
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    expect(said).toBe("spooled 3\n");
    await server.start();
    const [first, second] = [ship({ spool: { folder } }), ship({ spool: { folder } })];
    clock.advance(1);
    await until(() => first.stats().sent + second.stats().sent === 3);
    expect(idsOf(server.batches)).toEqual(["k1", "k2", "k3"]);
    await until(() => first.stats().spooledBatches + second.stats().spooledBatches === 0);
  });
});

describe("createShipper() over the WebSocket", () => {
  test("does not keep the app's process alive by its open connection", async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "quiet-app-stand-in.ts"), server.url, folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (data: Buffer) => (said += data.toString()));
    const code = await new Promise((resolve) => child.once("exit", resolve));
    expect([said, code]).toEqual(["sent 1\n", 0]);
    expect(server.sockets).toHaveLength(1);
  });

  test("sends with the bearer in the handshake and takes acknowledgements in any order", async () => {
    const shipper = ship({ transport: "stream", maxBatchEvents: 1 });
    const late: (() => void)[] = [];
    const accept = server.onFrame;
    server.onFrame = (batch, socket) => void late.unshift(() => accept(batch, socket));
    for (const id of ["e1", "e2", "e3"]) shipper.push(errorEvent(id));
    await until(() => server.batches.length === 3);
    for (const answer of late) answer();
    await until(() => shipper.stats().sent === 3);
    expect(server.sockets).toHaveLength(1);
    expect(server.headers[0]?.authorization).toBe("Bearer gatewatch_in_x");
  });

  test("says to those who look for a mistake when it connects, what it sent, and when the connection ends", async () => {
    const said: string[] = [];
    const say = (): void => undefined;
    const logger = { info: say, warn: say, error: say, debug: (message: string) => said.push(message) };
    const shipper = ship({ transport: "stream", logger });
    shipper.countDrop("storm_folded", 3);
    shipper.push(requestEvent("/1"));
    expect(await shipper.flush(10_000)).toBe(true);
    const closing = shipper.close(0);
    clock.advance(0);
    await closing;
    await until(() => said.length === 3);
    expect(said).toEqual([
      `Connected to ${server.url}.`,
      expect.stringMatching(
        /^Sent batch [0-9a-f-]{36} of 1 events \(\d+ bytes\), and told of drops: 3 storm_folded\.$/,
      ),
      expect.stringContaining(`The connection to ${server.url} ended: `),
    ]);
  });

  test("keeps at most a few batches on their way", async () => {
    const shipper = ship({ transport: "stream", maxBatchEvents: 1, maxInFlight: 2 });
    const accept = server.onFrame;
    server.onFrame = () => undefined;
    for (const id of ["e1", "e2", "e3"]) shipper.push(errorEvent(id));
    await until(() => server.batches.length === 2);
    expect(shipper.stats().queued).toBe(3);
    server.onFrame = accept;
    for (const batch of server.batches.slice()) accept(batch, server.sockets[0] as never);
    await until(() => shipper.stats().sent === 3);
  });

  test("waits as long as a nack says", async () => {
    const shipper = ship({ transport: "stream" });
    const accept = server.onFrame;
    server.onFrame = (batch, socket) =>
      socket.send(JSON.stringify({ nack: batch.batch, code: "rate_limited", message: "slow", retryAfterMs: 3_000 }));
    shipper.push(errorEvent("e1"));
    clock.advance(100);
    await until(() => clock.pending().includes(3_000));
    server.onFrame = accept;
    clock.advance(3_000);
    await until(() => shipper.stats().sent === 1);
    expect(server.batches[1]?.batch).toBe(server.batches[0]?.batch);
  });

  test("drops a batch that is refused for good", async () => {
    const shipper = ship({ transport: "stream" });
    server.onFrame = (batch, socket) =>
      socket.send(JSON.stringify({ nack: batch.batch, code: "invalid_request", message: "no" }));
    shipper.push(errorEvent("e1"));
    expect(await shipper.flush(1_000)).toBe(true);
    expect(shipper.stats().dropped).toEqual({ rejected: 1 });
  });

  test.each([
    ["frames that are not JSON", (socket: { send(text: string): void }) => socket.send("hello")],
    [
      "an acknowledgement of something else",
      (socket: { send(text: string): void }) => socket.send('{"ack":"other","accepted":1}'),
    ],
    ["binary noise", (socket: { send(data: Buffer): void }) => socket.send(Buffer.alloc(64, 255))],
  ])("is not misled by %s", async (_name, answer) => {
    const shipper = ship({ transport: "stream" });
    server.onFrame = (_batch, socket) => answer(socket);
    shipper.push(errorEvent("e1"));
    clock.advance(100);
    await until(() => server.batches.length === 1);
    clock.advance(5_000);
    await until(() => shipper.stats().circuit === "open");
    expect(shipper.stats().sent).toBe(0);
  });

  test("connects again after a reset and repeats what was not acknowledged", async () => {
    const shipper = ship({ transport: "stream" });
    const accept = server.onFrame;
    server.onFrame = (_batch, socket) => socket.terminate();
    shipper.push(errorEvent("e1"));
    clock.advance(100);
    await until(() => clock.pending().includes(250));
    server.onFrame = accept;
    clock.advance(250);
    await until(() => shipper.stats().sent === 1);
    expect(server.sockets).toHaveLength(2);
    expect(server.batches[1]?.batch).toBe(server.batches[0]?.batch);
  });

  test.each(["403 Forbidden", "404 Not Found"])(
    "uses HTTP where the upgrade is refused with %s, and tries the stream again after a minute",
    async (status) => {
      const shipper = ship({ transport: "stream" });
      server.onUpgrade = (_request, socket) => {
        socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
        return true;
      };
      shipper.push(errorEvent("e1"));
      expect(await shipper.flush(1_000)).toBe(true);
      expect(server.sockets).toHaveLength(0);
      server.onUpgrade = () => false;
      clock.advance(60_000);
      shipper.push(errorEvent("e2"));
      expect(await shipper.flush(1_000)).toBe(true);
      expect(server.sockets).toHaveLength(1);
      expect(shipper.stats().sent).toBe(2);
    },
  );

  test("uses HTTP where upgrades vanish without an answer", async () => {
    const shipper = ship({ transport: "stream" });
    server.onUpgrade = () => true;
    shipper.push(errorEvent("e1"));
    clock.advance(100);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await until(() => clock.pending().includes(5_000));
      clock.advance(5_000);
      if (attempt === 0) {
        await until(() => clock.pending().includes(250));
        clock.advance(250);
      }
    }
    await until(() => shipper.stats().sent === 1);
    expect(server.sockets).toHaveLength(0);
  });

  test("stops when the handshake is answered with 401", async () => {
    const shipper = ship({ transport: "stream" });
    server.onUpgrade = (_request, socket) => {
      socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n");
      return true;
    };
    shipper.push(errorEvent("e1"));
    await shipper.flush(1_000);
    expect(shipper.stats().dropped).toEqual({ unauthorized: 1 });
    expect(log).toHaveLength(1);
  });

  test("sends large batches compressed, as binary frames", async () => {
    const shipper = ship({ transport: "stream" });
    shipper.push(errorEvent("e1"));
    await shipper.flush(1_000);
    shipper.push(errorEvent("e2", "a long story ".repeat(1_000)));
    await shipper.flush(1_000);
    expect(server.encodings).toEqual(["identity", BEST_ENCODING]);
    expect(shipper.stats().sent).toBe(2);
  });

  test("sends unpacked what the server cannot unpack", async () => {
    const shipper = ship({ transport: "stream" });
    const accept = server.onFrame;
    server.onFrame = (batch, socket) => {
      if (server.encodings.at(-1) === "identity") accept(batch, socket);
      else socket.send(JSON.stringify({ nack: "", code: "unreadable_frame", message: "not valid zstd" }));
    };
    shipper.push(errorEvent("e1", "a long story ".repeat(1_000)));
    clock.advance(100);
    await until(() => clock.pending().includes(250));
    clock.advance(250);
    await until(() => shipper.stats().sent === 1);
    expect(server.encodings).toEqual([BEST_ENCODING, "identity"]);
  });

  test("does not compress what would look like a decompression bomb", async () => {
    const shipper = ship({ transport: "stream" });
    shipper.push(errorEvent("e1", "x".repeat(200_000)));
    expect(await shipper.flush(1_000)).toBe(true);
    expect(server.encodings).toEqual(["identity"]);
  });
});
