import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { createGunzip } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createToken } from "../../auth/create-credential.ts";
import { startServerStandIn, type ServerStandIn } from "../testing/server-stand-in.ts";
import { DIGESTED_TOPIC } from "./live-topics.ts";

let api: ServerStandIn;
let authorization: string;
beforeEach(async () => {
  api = await startServerStandIn();
  const order = { projectId: 1, scope: "read", name: "live", at: api.time.now } as const;
  authorization = `Bearer ${(await createToken(api.store, order)).token}`;
});
afterEach(() => api.close());

async function open(headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const request = get(`${api.url}/api/live?project=1`, { headers: { authorization, ...headers } });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}

/** Text of the stream until it holds `wanted`. */
async function readUntil(stream: AsyncIterable<unknown>, wanted: string): Promise<string> {
  let text = "";
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.includes(wanted)) break;
  }
  return text;
}

function publish(): void {
  const requests = [{ seq: 7, method: "GET", route: null, path: "/shop" }];
  api.shared.publish(DIGESTED_TOPIC, { projectId: 1, requests, skipped: 0, errors: 0, issues: [], lagMs: 1 });
}

test("rows arrive as server-sent events", async () => {
  const response = await open();
  expect(response.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
  expect(response.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  publish();
  const text = await readUntil(response, "/shop");
  expect(text.startsWith("retry: 2000\n\n")).toBe(true);
  expect(text).toContain('id: 7\ndata: {"type":"requests"');
});

test("compressed, each batch comes through at once", async () => {
  const response = await open({ "accept-encoding": "gzip" });
  expect(response.headers["content-encoding"]).toBe("gzip");
  publish();
  expect(await readUntil(response.pipe(createGunzip()), "/shop")).toContain("/shop");
});

test("a client that goes away is forgotten", async () => {
  const response = await open();
  publish();
  await readUntil(response, "/shop");
  response.destroy();
  const metrics = async () => (await api.fetch("/metrics")).text();
  await expect.poll(metrics).toContain("gatewatch_live_clients 0\n");
});

test("closing the server ends the streams", async () => {
  const response = await open();
  response.resume();
  const ended = once(response, "close");
  await api.app.close();
  await ended;
  expect(response.complete).toBe(true);
});

test("a stranger gets no stream", async () => {
  const response = await api.fetch("/api/live?project=1");
  expect(response.status).toBe(401);
  expect(response.headers.get("content-type")).toContain("application/json");
});

test("signing out ends the streams of that session at once", async () => {
  const { headers } = await api.signIn("member");
  const request = get(`${api.url}/api/live?project=1`, { headers: { cookie: headers.cookie! } });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.resume();
  const ended = once(response, "end");
  expect((await api.fetch("/api/session", { method: "DELETE", headers })).status).toBe(204);
  await ended;
  expect(response.complete).toBe(true);
});
