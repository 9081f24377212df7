import type { HealthAnswer, RoutesAnswer } from "@gatewatch/protocol";
import { pseudonymiseAddress } from "@gatewatch/protocol/redact/pseudonymise";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { installFromPypi } from "../support/install-from-pypi.ts";
import { poll } from "../support/poll.ts";
import { readStored } from "../support/read-stored.ts";
import { startGatewatch, type RunningServer } from "../support/start-gatewatch.ts";
import { startPythonApp, type PythonApp } from "../support/start-python.ts";

const SERVERS = ["django==5.2.19", "gunicorn==27.0.1", "uvicorn==0.54.0", "websockets==17.4", "requests==2.34.2"];
const CLIENTS = ["0.1.5", "0.1.9"].map((version) => ({
  version,
  ...installFromPypi(`cerberus-${version}`, [`cerberus-django==${version}`, ...SERVERS]),
}));
const PROCESSES = 8;
const EVENTS = 2_000;
const AT_ONCE = 32;

let server: RunningServer;
let app: PythonApp | undefined;
let tokens: { ingest: string; read: string };

beforeEach(async () => {
  server = await startGatewatch();
  const create = (scope: string): string =>
    server.command<{ token: string }>("token", "create", "--scope", scope).token;
  tokens = { ingest: create("ingest"), read: create("read") };
});
afterEach(async () => {
  await app?.process.stop();
  app = undefined;
  await server.remove();
});

async function get<Answer>(path: string): Promise<Answer> {
  const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${tokens.read}` } });
  expect({ path, status: answer.status }).toEqual({ path, status: 200 });
  return (await answer.json()) as Answer;
}

function startApp(
  bin: string,
  under: "gunicorn" | "uvicorn",
  workers: number,
  token = tokens.ingest,
): Promise<PythonApp> {
  const config = {
    ws_url: `${server.url.replace("http", "ws")}/ws/events`,
    backend_url: `${server.url}/`,
    token,
    client_id: "shop",
  };
  return startPythonApp(bin, under, "cerberus_app", {
    workers,
    probe: "/healthz",
    env: { CERBERUS_CONFIG: JSON.stringify(config) },
  });
}

/** Posts orders, some at once; the processes that answered. */
async function order(url: string, count: number, from = 0): Promise<Set<number>> {
  const pids = new Set<number>();
  let next = from;
  const work = async (): Promise<void> => {
    while (next < from + count) {
      const answer = await fetch(`${url}/orders/${next++}/?page=1&token=planted-secret-in-a-query`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: "Bearer planted-secret-in-a-header",
          cookie: "sessionid=planted-secret-in-a-cookie",
          connection: "close",
        },
        body: JSON.stringify({ username: "ada", password: "planted-secret-in-a-body" }),
      });
      expect(answer.status).toBe(200);
      pids.add(((await answer.json()) as { pid: number }).pid);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return pids;
}

const countOrders = async (): Promise<number> => {
  const { routes } = await get<RoutesAnswer>("/api/routes?range=1h");
  return routes.reduce((sum, { route, count }) => sum + (route === "/orders/:id/" ? count : 0), 0);
};

const complaints = ({ process }: PythonApp): string[] =>
  process
    .output()
    .split("\n")
    // Newer ones warn that the wire is in clear, which it is here.
    .filter((line) => line.includes("[Cerberus]") && !line.includes("in production"));

for (const { version, bin, reason } of CLIENTS) {
  const missing = reason === undefined ? "" : ` (${reason})`;
  describe.skipIf(bin === undefined)(`a Django app under cerberus-django ${version}${missing}`, () => {
    test.each(["gunicorn", "uvicorn"] as const)(
      "has its requests on the screens, without their secrets: %s",
      async (under) => {
        app = await startApp(bin!, under, 2);
        await order(app.url, 40);
        expect((await fetch(`${app.url}/fail/`)).status).toBe(500);
        expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
        await poll("all events", countOrders, (count) => count === 40);
        const { routes } = await poll(
          "the failed request",
          () => get<RoutesAnswer>("/api/routes?range=1h"),
          (answer) => answer.routes.length === 2,
        );
        expect(routes.map(({ method, route, count }) => [method, route, count]).toSorted()).toEqual([
          ["GET", "/fail/", 1],
          ["POST", "/orders/:id/", 40],
        ]);
        expect(complaints(app)).toEqual([]);
        const answer = await fetch(`${server.url}/api/secret-key`, { headers: { "x-api-key": tokens.ingest } });
        const { secret_key: secret } = (await answer.json()) as { secret_key: string };
        expect(secret).toMatch(/^[0-9a-f]{64}$/);

        await app.process.stop();
        await server.stop();
        const stored = await readStored(server.dataDir, "default");
        const metrics = stored.texts.filter(
          (line) => line.includes('"type":"metric"') && line.includes('"name":"items"'),
        );
        expect(metrics).toHaveLength(40);
        for (const planted of ["planted-secret", tokens.ingest])
          expect(stored.texts.filter((line) => line.includes(planted))).toEqual([]);
        // 0.1.5 sends addresses in clear, 0.1.9 pseudonyms: here they are the same.
        expect(new Set(stored.texts.filter((line) => /^[0-9a-f]{64}$/.test(line)))).toEqual(
          new Set([pseudonymiseAddress("127.0.0.1", secret)]),
        );
        expect(stored.texts).toContain("user-3");
      },
    );

    test(`loses none of ${EVENTS} events of ${PROCESSES} processes`, async () => {
      app = await startApp(bin!, "gunicorn", PROCESSES);
      const pids = await order(app.url, EVENTS);
      expect(pids.size).toBe(PROCESSES);
      await poll("all events", countOrders, (count) => count === EVENTS);
      const health = await get<HealthAnswer>("/api/health");
      expect(health.intake).toMatchObject({ rejectedEvents: 0 });
      expect(complaints(app)).toEqual([]);
    });

    test("loses at most one event of each connection when the server is restarted", async () => {
      app = await startApp(bin!, "gunicorn", PROCESSES);
      await order(app.url, 200);
      await poll("the first events", countOrders, (count) => count === 200);
      await server.stop();
      server = await startGatewatch({ dataDir: server.dataDir, port: Number(new URL(server.url).port) });
      await order(app.url, 200, 200);
      const count = await poll("the other events", countOrders, (seen) => seen >= 400 - PROCESSES);
      expect(count).toBeLessThanOrEqual(400);
    });
  });
}
