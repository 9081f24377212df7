import { randomUUID } from "node:crypto";
import type { HealthAnswer, RoutesAnswer } from "@gatewatch/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openOwnPostgres } from "./kill/open-own-postgres.ts";
import { openCuttableProxy, type CuttableProxy } from "./support/open-cuttable-proxy.ts";
import { poll } from "./support/poll.ts";
import { startGatewatch, type RunningServer } from "./support/start-gatewatch.ts";

const BATCHES = 40;
const EVENTS = 25;
/** Longer than a credential or a project's redaction keys are known without asking again. */
const AWAY_MS = 7_000;

describe.skipIf(!process.env["GATEWATCH_TEST_POSTGRES_URL"])("with PostgreSQL", () => {
  let postgres: { url: string; stop(): Promise<void> };
  let proxy: CuttableProxy;
  let server: RunningServer;
  let ingest: string;
  let unused: string;
  let read: string;

  beforeAll(async () => {
    postgres = await openOwnPostgres();
    const url = new URL(postgres.url);
    proxy = await openCuttableProxy({ host: url.hostname, port: Number(url.port) });
    // Commands stop this process while they run, and with it the proxy: the tokens are made before it is in the way.
    const direct = await startGatewatch({ env: { DATABASE_URL: url.href } });
    const createToken = (scope: string) => direct.command<{ token: string }>("token", "create", "--scope", scope).token;
    [ingest, unused, read] = [createToken("ingest"), createToken("ingest"), createToken("read")];
    await direct.stop();
    url.port = String(proxy.port);
    server = await startGatewatch({ dataDir: direct.dataDir, env: { DATABASE_URL: url.href } });
  });
  afterAll(async () => {
    await server?.remove();
    await proxy?.cut();
    await postgres?.stop();
  });

  async function send(token: string): Promise<{ status: number; retryAfter: string | null }> {
    const time = Date.now();
    const events = Array.from({ length: EVENTS }, () => ({
      type: "request",
      time,
      method: "GET",
      route: "/away",
      path: "/away",
      status: 200,
      durationMs: 1,
    }));
    const response = await fetch(`${server.url}/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ batch: randomUUID(), sentAt: time, events }),
    });
    await response.arrayBuffer();
    return { status: response.status, retryAfter: response.headers.get("retry-after") };
  }

  async function get<Answer>(path: string): Promise<Answer> {
    const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${read}` } });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return (await response.json()) as Answer;
  }

  const digested = (events: number) =>
    poll(
      "the digest",
      () => get<HealthAnswer>("/api/health").catch(() => null),
      (health) => health?.digest.events === events && health.journal.lagMs === 0,
    );

  test("while the database is away, clients are acknowledged as before, and everything is digested once it is back", async () => {
    expect((await send(ingest)).status).toBe(200);
    await digested(EVENTS);

    await proxy.cut();
    const backAt = performance.now() + AWAY_MS;
    let batches = 1;
    await poll(
      "the end of the outage",
      async () => {
        expect(await send(ingest)).toEqual({ status: 200, retryAfter: null });
        batches++;
        return performance.now();
      },
      (now) => now >= backAt && batches >= BATCHES,
    );
    const stranger = await send(`gatewatch_in_${"0".repeat(49)}`);
    expect(stranger.status).toBe(401);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);

    await proxy.mend();
    const health = await digested(batches * EVENTS);
    expect(health?.digest).toMatchObject({ poisoned: 0, halted: null });
    expect(health?.intake).toMatchObject({ acceptedEvents: batches * EVENTS, duplicates: 0 });
    const { routes } = await get<RoutesAnswer>("/api/routes?range=1h");
    expect(routes.map(({ route, count }) => ({ route, count }))).toEqual([{ route: "/away", count: batches * EVENTS }]);
  });

  test("a token that nobody has seen yet is answered with 503 and a time to come again, never with 401", async () => {
    await proxy.cut();
    expect(await send(unused)).toEqual({ status: 503, retryAfter: "5" });
    await proxy.mend();
    await poll(
      "the first acknowledgement",
      () => send(unused),
      ({ status }) => status === 200,
    );
  });
});
