import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { createClockStandIn, until } from "../clock-stand-in.ts";
import { systemClock } from "../clock.ts";
import type { ExchangeAnswer } from "./exchange.ts";
import { openExchange } from "./open-exchange.ts";

interface Seen {
  method: string | undefined;
  url: URL;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

async function serve(answer: (response: ServerResponse, seen: Seen) => void): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, headers } = request;
      const call = { method, url: new URL(request.url!, "http://server"), headers, body: Buffer.concat(chunks) };
      seen.push(call);
      answer(response, call);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`, seen };
}

const open = (url: string, clock = systemClock) =>
  openExchange({ url, token: "gatewatch_in_x", timeoutMs: 5_000, clock });

describe("an exchange", () => {
  it("hands in bytes under the process's name and the given number, and brings back all of the answer", async () => {
    const state = Buffer.alloc(1_000_000, 7);
    const { url, seen } = await serve((response) => response.writeHead(200, { etag: '"v2"' }).end(state));
    const exchange = open(url);
    const order = { stream: "pay & more", delta: { sequence: 4, bytes: new Uint8Array([1, 0, 255]) }, etag: '"v1"' };
    const answer = (await exchange(order)) as ExchangeAnswer & { kind: "state" };
    expect([answer.kind, answer.etag, state.equals(answer.snapshot)]).toEqual(["state", '"v2"', true]);
    expect([...seen[0]!.body]).toEqual([1, 0, 255]);
    expect(seen[0]!.headers).toMatchObject({
      authorization: "Bearer gatewatch_in_x",
      "content-type": "application/octet-stream",
    });
    expect(seen[0]!.headers).not.toHaveProperty("if-none-match");
    const { pathname, searchParams } = seen[0]!.url;
    expect([pathname, searchParams.get("stream"), searchParams.get("sequence")]).toEqual([
      "/base/api/streams/state",
      "pay & more",
      "4",
    ]);
    await exchange(order);
    expect(seen[1]!.url.searchParams.get("replica")).toBe(searchParams.get("replica"));
    expect(searchParams.get("replica")).toMatch(/^[\w.-]{1,64}$/);
  });

  it("asks only for what has changed", async () => {
    const { url, seen } = await serve((response) => response.writeHead(304).end());
    expect(await open(url)({ stream: "pay", etag: '"v1"' })).toEqual({ kind: "same" });
    expect(seen[0]).toMatchObject({ method: "GET", headers: { "if-none-match": '"v1"' } });
  });

  it.each<[number, Record<string, string>, ExchangeAnswer]>([
    [404, {}, { kind: "none" }],
    [400, {}, { kind: "refused" }],
    [413, {}, { kind: "refused" }],
    [401, {}, { kind: "retry", afterMs: 600_000 }],
    [403, {}, { kind: "retry", afterMs: 600_000 }],
    [429, { "retry-after": "7" }, { kind: "retry", afterMs: 7_000 }],
    [500, {}, { kind: "retry", afterMs: undefined }],
    [302, { location: "http://elsewhere.test/" }, { kind: "retry", afterMs: undefined }],
  ])("understands %d", async (status, headers, wanted) => {
    const { url } = await serve((response) => response.writeHead(status, headers).end("{}"));
    expect(await open(url)({ stream: "pay", etag: undefined })).toEqual(wanted);
  });

  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    [
      "is cut",
      (response) => response.writeHead(200, { "content-length": "9" }).write("x", () => response.destroy()),
      /./,
    ],
    ["never ends", (response) => response.writeHead(200).end(Buffer.alloc(4_000_000)), /too long/],
  ])("rejects an answer that %s", async (_, answer, reason) => {
    const { url } = await serve((response) => void answer(response));
    await expect(open(url)({ stream: "pay", etag: undefined })).rejects.toThrow(reason);
  });

  it("gives up a server that is silent", async () => {
    const clock = createClockStandIn();
    const { url, seen } = await serve(() => undefined);
    const asking = open(url, clock)({ stream: "pay", etag: undefined });
    const failure = asking.catch((error: unknown) => error);
    await until(() => seen.length === 1);
    clock.advance(5_000);
    expect(await failure).toMatchObject({ message: "no answer within 5000 ms" });
  });

  it("rejects where nobody listens", async () => {
    await expect(open("http://127.0.0.1:9")({ stream: "pay", etag: undefined })).rejects.toThrow(/ECONNREFUSED/);
  });
});
