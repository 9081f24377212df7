import { once } from "node:events";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance } from "fastify";
import { afterEach, expect, it } from "vitest";
import { WebSocket } from "ws";
import { createCerberusStream } from "./cerberus/cerberus-stream.ts";
import { createFakeIntake, type FakeIntake } from "./fake-intake.ts";
import { registerIntakeRoutes } from "./intake-routes.ts";
import { createBatchReceiver } from "./receive-batch.ts";
import { createNativeStream } from "./stream.ts";
import { attachUpgrades, type UpgradeServer } from "./upgrades.ts";

const KEY = "0123456789abcdef0123456789abcdef";
/** Every place in which some language looks for a credential. */
const PLACES: readonly Record<string, string>[] = [
  { authorization: `Bearer ${KEY}` },
  { authorization: `Basic ${Buffer.from(`any:${KEY}`).toString("base64")}` },
  { "x-api-key": KEY },
  { "x-gatewatch-token": KEY },
];
/** Where a page may send with what it shows to everybody. */
const OF_SENTRY = /^\/(?:api\/:project|tunnel)(?:\/|$)/;
const OPEN = /\/health\/?$/;

let app: FastifyInstance | undefined;
let upgrades: UpgradeServer | undefined;
afterEach(async () => {
  await upgrades?.close();
  await app?.close();
});

async function start(): Promise<FakeIntake & { app: FastifyInstance; routes: { method: string; url: string }[] }> {
  const fake = createFakeIntake();
  fake.principals.set(KEY, { kind: "dsn", credentialId: 9, projectId: 1 });
  const routes: { method: string; url: string }[] = [];
  const receiver = createBatchReceiver(fake.deps);
  app = fastify();
  app.addHook("onRoute", ({ method, url }) => {
    routes.push(...[method].flat().map((one) => ({ method: one, url })));
  });
  registerIntakeRoutes(app, fake.deps, receiver);
  upgrades = attachUpgrades(app.server, fake.deps, [
    createNativeStream(fake.deps, receiver),
    createCerberusStream(fake.deps, receiver),
  ]);
  await app.ready();
  return { ...fake, app, routes };
}

it("the key of a DSN is refused by every route but Sentry's, wherever it stands", async () => {
  const fake = await start();
  const guarded = fake.routes.filter(({ url }) => !OF_SENTRY.test(url) && !OPEN.test(url));
  expect(guarded.length).toBeGreaterThan(40);
  const letIn: string[] = [];
  for (const { method, url } of guarded)
    for (const headers of PLACES) {
      const answer = await fake.app.inject({ method: method as "GET", url: url.replaceAll(/:\w+|\*/g, "1"), headers });
      if (![401, 403, 405].includes(answer.statusCode)) letIn.push(`${method} ${url} ${answer.statusCode}`);
    }
  expect([letIn, fake.journal.records, fake.orders]).toEqual([[], [], []]);
});

it.each(["/v1/events", "/v1/logs", "/v1/ingest/batch", "/api/v1/analyze-error", "/agent/execute-action"])(
  "%s says what it is that it refuses",
  async (url) => {
    const { app: server } = await start();
    const answer = await server.inject({ method: "POST", url, headers: PLACES[0]!, payload: "{}" });
    expect([answer.statusCode, answer.body]).toEqual([403, expect.stringContaining("key of a DSN")]);
  },
);

it("both streams refuse it", async () => {
  const { app: server, journal } = await start();
  await server.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const stream = new WebSocket(`ws://127.0.0.1:${port}/v1/stream`, { headers: PLACES[0]! });
  const [, response] = (await once(stream, "unexpected-response")) as [unknown, { statusCode: number }];
  expect(response.statusCode).toBe(403);
  const cerberus = new WebSocket(`ws://127.0.0.1:${port}/ws/events`);
  await once(cerberus, "open");
  cerberus.send(JSON.stringify({ api_key: KEY, client_id: "shop", endpoint: "/a", method: "GET" }));
  const [answer] = (await once(cerberus, "message")) as [Buffer];
  expect(JSON.parse(answer.toString())).toMatchObject({
    status: "error",
    message: expect.stringContaining("key of a DSN") as unknown,
  });
  cerberus.terminate();
  expect(journal.records).toEqual([]);
});
