import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, constants, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { gunzipSync } from "node:zlib";
import type { GatewatchEvent, RequestEvent } from "@gatewatch/protocol";
import { afterEach, describe, expect, it, vi } from "vitest";
import { gatewatch as gatewatchFetch } from "../../adapters/fetch.ts";
import { gatewatch as gatewatchHttp } from "../../adapters/http.ts";
import { createGatewatch, type Gatewatch, type GatewatchOptions } from "../../create-gatewatch.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const PART = "the same again, ".repeat(200);
const LONG = PART.repeat(100);
const TOO_LONG = String(PART.length * 4);
const TOO_SHORT = "2000";

function start(options: GatewatchOptions = {}): { core: Gatewatch; requests: RequestEvent[] } {
  const requests: RequestEvent[] = [];
  const say = (): void => undefined;
  const keep = (event: GatewatchEvent): void => void (event.type === "request" && requests.push(event));
  const core = createGatewatch(
    { logger: { info: say, warn: say, error: say }, sinks: [keep], ...options },
    { env: {}, dotenv: undefined, file: {} },
  );
  closers.push(() => core.close(0));
  return { core, requests };
}

async function listen(server: Server & { closeAllConnections?: () => void }): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections?.();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** The body as a client that heeds all rules gets it; rejects when it is cut off. */
async function ask(port: number): Promise<string> {
  const call = request({ host: "127.0.0.1", port, headers: { "Accept-Encoding": "gzip" } }).end();
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  expect(answer.headers["content-encoding"]).toBe("gzip");
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return gunzipSync(Buffer.concat(chunks)).toString();
}

/** Before or behind the head. */
const BROKEN = /aborted|ECONNRESET|socket hang up/;

type Send = (response: ServerResponse) => unknown;

const text = (response: ServerResponse, length: string): ServerResponse =>
  response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": length });
const inParts =
  (length: string): Send =>
  (response) => {
    text(response, length).write(PART);
    setImmediate(() => response.end(PART));
  };

describe("a length that the app states wrongly", () => {
  it.each<[string, Send, string]>([
    ["one body, too long", (response) => text(response, TOO_LONG).end(PART), PART],
    ["one body, too short", (response) => text(response, TOO_SHORT).end(PART), PART],
    ["one long body, too long", (response) => text(response, String(LONG.length + 9)).end(LONG), LONG],
    ["one long body, too short", (response) => text(response, TOO_SHORT).end(LONG), LONG],
    ["parts, too short", inParts(TOO_SHORT), PART + PART],
    ["parts, rightly", inParts(String(PART.length * 2)), PART + PART],
    [
      "a header of its own",
      (response) => {
        response.setHeader("Content-Type", "text/plain");
        response.setHeader("Content-Length", TOO_LONG);
        response.end(PART);
      },
      PART,
    ],
  ])("is mended where all of the body is there: %s", async (_name, send, body) => {
    const port = await listen(createServer(gatewatchHttp((_request, response) => send(response), start().core)));
    expect(await ask(port)).toBe(body);
  });

  it.each<[string, Send]>([
    ["ended with a part", inParts(TOO_LONG)],
    [
      "ended without one",
      (response) => {
        text(response, TOO_LONG).write(PART);
        setImmediate(() => response.end());
      },
    ],
    [
      "flushed before",
      (response) => {
        text(response, TOO_LONG).flushHeaders();
        setImmediate(() => {
          response.write(PART);
          response.end();
        });
      },
    ],
  ])("never makes a whole answer of a part, and nobody waits for the rest: %s", async (_name, send) => {
    const { core, requests } = start({ cache: { enabled: true, routes: { "/*": 60_000 } } });
    const port = await listen(createServer(gatewatchHttp((_request, response) => send(response), core)));
    await expect(ask(port)).rejects.toThrow(BROKEN);
    // Nothing of it was kept.
    await expect(ask(port)).rejects.toThrow(BROKEN);
    await vi.waitFor(() => expect(requests.map(({ aborted }) => aborted)).toEqual([true, true]));
    expect(core.stats().layers["cache"]).toMatchObject({ stored: 0 });
  });

  it("closes the one stream of HTTP/2", async () => {
    const listener = gatewatchHttp(
      (_request, response: unknown) => inParts(TOO_LONG)(response as ServerResponse),
      start().core,
    );
    const port = await listen(createHttp2Server(listener as never));
    const session = connect(`http://127.0.0.1:${port}`);
    closers.push(() => session.destroy());
    const stream = session.request({ ":path": "/", "accept-encoding": "gzip" });
    stream.resume();
    await expect(once(stream, "end")).rejects.toThrow(/NGHTTP2_INTERNAL_ERROR/);
    expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    expect(session.closed).toBe(false);
  });
});

describe("a length that a fetch handler states wrongly", () => {
  const stream = (...parts: string[]): ReadableStream<Uint8Array> => {
    const left = [...parts];
    return new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setImmediate(resolve));
        const part = left.shift();
        if (part === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(part));
      },
    });
  };
  const answer = (body: string | ReadableStream<Uint8Array>, length: string): Promise<Response> => {
    const headers = { "Content-Type": "text/plain", "Content-Length": length };
    const handler = gatewatchFetch(() => new Response(body, { headers }), start().core);
    return Promise.resolve(handler(new Request("http://x.test/", { headers: { "Accept-Encoding": "gzip" } })));
  };
  const read = async (response: Response): Promise<string> => {
    expect(response.headers.get("content-encoding")).toBe("gzip");
    const bytes = Buffer.from(await response.arrayBuffer());
    expect([null, String(bytes.length)]).toContain(response.headers.get("content-length"));
    return gunzipSync(bytes).toString();
  };

  it.each<[string, string | ReadableStream<Uint8Array>, string, string]>([
    ["one body, too short", PART, TOO_SHORT, PART],
    ["one long body, too short", LONG, TOO_SHORT, LONG],
    ["parts, too short", stream(PART, PART), TOO_SHORT, PART + PART],
    ["parts, rightly", stream(PART, PART), String(PART.length * 2), PART + PART],
  ])("is mended where all of the body is there: %s", async (_name, body, length, whole) => {
    expect(await read(await answer(body, length))).toBe(whole);
  });

  it.each<[string, string | ReadableStream<Uint8Array>, number]>([
    // Nothing tells the body of a text from a stream that has ended early.
    ["one body", PART, PART.length * 4],
    ["one long body", LONG, LONG.length + 9],
    ["one part", stream(PART), PART.length * 4],
    ["two parts", stream(PART, PART), PART.length * 4],
  ])("never makes a whole answer of a part: %s", async (_name, body, length) => {
    await expect(answer(body, String(length)).then(read)).rejects.toThrow(/has sent \d+ of \d+ bytes/);
  });
});
