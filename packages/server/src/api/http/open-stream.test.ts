import { once } from "node:events";
import { connect, type Socket } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { StreamSink } from "../route.ts";
import { openStream } from "./open-stream.ts";

let app: FastifyInstance;
let socket: Socket;
let sink: StreamSink;
let closed: Promise<void>;

beforeEach(async () => {
  app = Fastify({ forceCloseConnections: true });
  const opened = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  closed = gone.promise;
  app.get("/", (request, reply) => {
    sink = openStream(request, reply, {}, async () => true, gone.resolve);
    opened.resolve();
  });
  const url = new URL(await app.listen({ host: "127.0.0.1", port: 0 }));
  socket = connect(Number(url.port), "127.0.0.1");
  await once(socket, "connect");
  // A peer that never reads: what is sent to it must not pile up here.
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nhost: x\r\nlast-event-id: 41\r\n\r\n");
  await opened.promise;
});
afterEach(async () => {
  socket.destroy();
  await app.close();
});

const MESSAGE = `data: ${"x".repeat(10_000)}\n\n`;

async function sendUntilRefused(): Promise<number> {
  for (let count = 1; count <= 10_000; count++) {
    if (!sink.send(MESSAGE)) return count;
    // Lets the kernel take what it will.
    await new Promise(setImmediate);
  }
  return Number.POSITIVE_INFINITY;
}

test("a client that does not read is refused messages instead of filling the memory", async () => {
  expect(await sendUntilRefused()).toBeLessThan(10_000);
  expect(sink.send(MESSAGE)).toBe(false);
  expect(sink.lastEventId).toBe("41");
});

test("a client that reads again gets messages again", async () => {
  await sendUntilRefused();
  socket.resume();
  await expect.poll(() => sink.send(MESSAGE)).toBe(true);
});

test("a client that never reads is let go at last", async () => {
  await sendUntilRefused();
  for (let count = 0; count < 600; count++) sink.send(MESSAGE);
  await closed;
  expect(sink.send(MESSAGE)).toBe(false);
});

test("a stream that was ended takes nothing more and is told once", async () => {
  sink.end();
  sink.end();
  await closed;
  expect(sink.send(MESSAGE)).toBe(false);
});
