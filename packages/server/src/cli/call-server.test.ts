import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { callServer } from "./call-server.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Calls a server that gives these answers, one after the other. */
async function call(...answers: ((response: ServerResponse) => void)[]): Promise<unknown> {
  server = createServer((_request, response) => answers.shift()!(response));
  await new Promise<void>((done) => {
    server!.listen(0, "127.0.0.1", done);
  });
  const { port } = server.address() as AddressInfo;
  return callServer({ url: `http://127.0.0.1:${port}`, token: "t" }, "GET", "/api/whoami");
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

it("callServer() has the patience that a server asks for", async () => {
  const busy = json(429, { error: { code: "rate_limited", message: "later" } }, { "retry-after": "0" });
  await expect(call(busy, busy, json(200, { ok: true }))).resolves.toEqual({ ok: true });
});

it.each<[string, (response: ServerResponse) => void, string]>([
  ["asks for an hour", json(429, { error: { code: "busy", message: "later" } }, { "retry-after": "3600" }), "later"],
  ["is no Gatewatch", (response) => void response.end("<html>"), "this is no Gatewatch server"],
  ["answers null", json(200, null), "this is no Gatewatch server"],
  ["breaks off", (response) => void response.writeHead(200, { "content-length": "9" }).destroy(), "127.0.0.1"],
  ["writes on the terminal", json(400, { error: { code: "x", message: "\u001b[2Jmine" } }), "\\x1b[2Jmine (x)"],
  ["redirects", (response) => void response.writeHead(302, { location: "http://127.0.0.1:9/" }).end(), "no answer"],
])("callServer() tells of a server that %s", async (_, answer, message) => {
  await expect(call(answer)).rejects.toThrow(message);
});

it("callServer() says of a port that HTTP clients refuse that another one is needed", async () => {
  await expect(callServer({ url: "http://127.0.0.1:1", token: "t" }, "GET", "/api/whoami")).rejects.toThrow(
    "HTTP clients refuse port 1",
  );
});
