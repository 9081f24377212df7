import { once } from "node:events";
import {
  type ClientHttp2Session,
  connect,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type OutgoingHttpHeaders,
} from "node:http2";
import { request as requestHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Layer } from "../gate/layer.ts";
import { createSelfSignedCertificate } from "../layers/self-signed-certificate.ts";
import { createProbe } from "./contract/probe.ts";
import { gatewatch } from "./http.ts";

const open: (Http2Server | Http2SecureServer)[] = [];
const sessions: ClientHttp2Session[] = [];
afterEach(() => {
  for (const session of sessions.splice(0)) session.destroy();
  for (const server of open.splice(0)) server.close();
});

async function listen<S extends Http2Server | Http2SecureServer>(server: S): Promise<number> {
  open.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function ask(origin: string, headers: OutgoingHttpHeaders, body = "") {
  const session = connect(origin, { rejectUnauthorized: false });
  sessions.push(session);
  const stream = session.request(headers, { endStream: body === "" });
  let seen: Record<string, unknown> = {};
  stream.on("response", (given) => (seen = given));
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  if (body !== "") stream.end(body);
  await once(stream, "end");
  return { headers: seen, text: Buffer.concat(chunks).toString() };
}

describe("gatewatch(server) for HTTP/2", () => {
  it("serves both protocols over TLS, and knows scheme and host", async () => {
    const probe = createProbe();
    const server = createSecureServer({ ...createSelfSignedCertificate(), allowHTTP1: true }, (request, response) => {
      response.end(`${request.httpVersion} ${request.gatewatch.requestId.length}`);
    });
    expect(gatewatch(server, probe.gatewatch)).toBe(server);
    const port = await listen(server);
    const answer = await ask(`https://127.0.0.1:${port}`, { ":path": "/two?a=1" });
    expect(answer.text).toBe("2.0 36");
    const text = await new Promise<string>((resolve, reject) => {
      const request = requestHttps(
        { port, host: "127.0.0.1", path: "/one", rejectUnauthorized: false, agent: false },
        (response) => {
          let all = "";
          response.setEncoding("utf8").on("data", (part: string) => (all += part));
          response.on("end", () => resolve(all));
        },
      );
      request.on("error", reject).end();
    });
    expect(text).toBe("1.1 36");
    const ended = await probe.waitForEnded(2);
    expect(ended.map(({ x }) => [x.method, x.url, x.path, x.scheme, x.host, x.peer])).toEqual([
      ["GET", "/two?a=1", "/two", "https", `127.0.0.1:${port}`, "127.0.0.1"],
      ["GET", "/one", "/one", "https", `127.0.0.1:${port}`, "127.0.0.1"],
    ]);
    expect([...ended[0]!.x.headers.entries()].some(([name]) => name.startsWith(":"))).toBe(false);
  });

  it("counts and keeps a request's body, with a length or without", async () => {
    const probe = createProbe();
    const server = gatewatch(createServer(), probe.gatewatch);
    server.on("request", (request, response) => request.resume().on("end", () => response.end("got it")));
    const origin = `http://127.0.0.1:${await listen(server)}`;
    const type = { ":method": "POST", "content-type": "text/plain" };
    await ask(origin, type, "some body");
    await ask(origin, { ...type, "content-length": 9 }, "some body");
    await ask(origin, { ":path": "/" });
    const ended = await probe.waitForEnded(3);
    expect(ended.map(({ x, outcome }) => [outcome.requestBytes, x.body()])).toEqual([
      [9, "some body"],
      [9, "some body"],
      [0, undefined],
    ]);
  });

  it("sends a layer's reply without the headers of a connection", async () => {
    const headers = { Connection: "close", "Keep-Alive": "timeout=5", "Transfer-Encoding": "chunked", "X-Own": "1" };
    const reply: Layer = { name: "reply", onRequest: () => ({ status: 429, headers, body: "slow down" }) };
    const probe = createProbe({ layers: [reply] });
    const server = createServer(gatewatch(() => undefined, probe.gatewatch) as never);
    const answer = await ask(`http://127.0.0.1:${await listen(server)}`, { ":path": "/" });
    expect(answer).toMatchObject({
      text: "slow down",
      headers: { ":status": 429, "x-own": "1", "content-length": "9" },
    });
    expect(Object.keys(answer.headers)).not.toContain("connection");
    expect(probe.notices).toEqual([]);
  });

  it("records a CONNECT and what the app answers", async () => {
    const probe = createProbe();
    // Without such a listener Node has no compatible API at all.
    const server = gatewatch(
      createServer().on("request", () => undefined),
      probe.gatewatch,
    );
    server.on("connect", (_request, response) => {
      response.statusCode = 403;
      response.end();
    });
    const origin = `http://127.0.0.1:${await listen(server)}`;
    const answer = await ask(origin, { ":method": "CONNECT", ":authority": "elsewhere:443" });
    expect(answer.headers).toMatchObject({ ":status": 403 });
    expect(await probe.waitForEnded(1)).toMatchObject([{ x: { method: "CONNECT" }, outcome: { status: 403 } }]);
  });

  it("leaves pushed streams to the app", async () => {
    const probe = createProbe();
    const server = gatewatch(createServer(), probe.gatewatch);
    server.on("request", (_request, response) => {
      response.createPushResponse({ ":path": "/pushed" }, (_error, pushed) => {
        pushed.end("pushed");
        response.end("asked for");
      });
    });
    const session = connect(`http://127.0.0.1:${await listen(server)}`);
    sessions.push(session);
    const pushed = new Promise<string>((resolve) =>
      session.on("stream", (stream) => stream.setEncoding("utf8").on("data", (text: string) => resolve(text))),
    );
    session.request({ ":path": "/" }).resume().end();
    expect(await pushed).toBe("pushed");
    expect(await probe.waitForEnded(1)).toMatchObject([{ x: { url: "/" }, outcome: { status: 200, aborted: false } }]);
  });

  it("sends the head that the app has written although no body comes", async () => {
    let finish: () => void = () => undefined;
    const probe = createProbe({
      layers: [{ name: "idle", onHead: (_x, _head, body) => body.whenBody(() => undefined) }],
    });
    const server = gatewatch(createServer(), probe.gatewatch);
    server.on("request", (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      finish = () => void response.end("data: late\n\n");
    });
    const session = connect(`http://127.0.0.1:${await listen(server)}`);
    sessions.push(session);
    const stream = session.request({ ":path": "/" });
    const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
    expect(headers["content-type"]).toBe("text/event-stream");
    finish();
    const [chunk] = (await once(stream, "data")) as [Buffer];
    expect(String(chunk)).toBe("data: late\n\n");
  });
});
