import { mkdtemp, rm } from "node:fs/promises";
import { request, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startServerStandIn, type ServerStandIn } from "../testing/server-stand-in.ts";
import { registerApi } from "./bind-fastify.ts";

let api: ServerStandIn;
let app: FastifyInstance;
let folder: string;
beforeEach(async () => {
  api = await startServerStandIn();
  folder = await mkdtemp(join(tmpdir(), "gatewatch-sock-"));
  app = Fastify({ forceCloseConnections: true });
  await registerApi(app, api.options, { trustedAs: { kind: "operator" } });
  await app.listen({ path: join(folder, "control.sock") });
});
afterEach(async () => {
  await app.close();
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  const sent = request({ socketPath: join(folder, "control.sock"), method, path, headers });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode!, body: text === "" ? null : JSON.parse(text) };
}

test("the operator manages every project without a credential, by id or slug", async () => {
  const made = await call("POST", "/api/projects", { name: "Shop Two" });
  expect(made).toMatchObject({ status: 201, body: { slug: "shop-two" } });
  const token = await call("POST", "/api/tokens?project=shop-two", { scope: "read", name: "cli" });
  expect(token).toMatchObject({ status: 201, body: { projectId: 2, scope: "read" } });
  expect(await call("GET", "/api/tokens?project=2")).toMatchObject({ body: { tokens: [{ name: "cli" }] } });
  expect(await call("GET", "/api/projects")).toMatchObject({ body: { projects: { length: 2 } } });
  expect(await call("GET", "/api/issues?project=none")).toMatchObject({ status: 404 });
});

test("the same project is given for the same name", async () => {
  const [one, two] = [
    await call("POST", "/api/projects", { name: "x" }),
    await call("POST", "/api/projects", { name: "X" }),
  ];
  expect((one.body as { id: number }).id).toBe((two.body as { id: number }).id);
  expect(await call("POST", "/api/projects", { name: "日本" })).toMatchObject({ status: 422 });
});

test("the operator has no account of their own", async () => {
  expect((await call("GET", "/api/session")).status).toBe(403);
});
