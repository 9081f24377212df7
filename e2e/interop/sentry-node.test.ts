import type { HealthAnswer, IssueDetail, IssueList, RoutesAnswer } from "@gatewatch/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { installFromNpm } from "../support/install-from-npm.ts";
import { poll } from "../support/poll.ts";
import { readStored } from "../support/read-stored.ts";
import { startGatewatch, type RunningServer } from "../support/start-gatewatch.ts";
import { startProcess } from "../support/start-process.ts";

const CLIENTS = [
  { version: "9.47.2", options: { _experiments: { enableLogs: true } }, request: { request: { method: "POST" } } },
  { version: "10.78.0", options: { enableLogs: true }, request: { request: { method: "POST" } } },
  // Its errors tell nothing of the request; its spans do.
  { version: "11.11.0", options: { enableLogs: true }, request: {} },
].map((client) => ({
  ...client,
  ...installFromNpm(`sentry-node-${client.version}`, [`@sentry/node@${client.version}`]),
}));
const REQUESTS = 10;
const ERRORS = 3;

let server: RunningServer;
let dsn: string;
let token: string;

beforeEach(async () => {
  server = await startGatewatch({ env: { GATEWATCH_SECRET: "interop-secret" } });
  dsn = server.command<{ dsn: string }>("token", "create", "--dsn").dsn;
  token = server.command<{ token: string }>("token", "create", "--scope", "read").token;
});
afterEach(() => server.remove());

async function get<Answer>(path: string): Promise<Answer> {
  const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } });
  expect({ path, status: answer.status }).toEqual({ path, status: 200 });
  return (await answer.json()) as Answer;
}

/** Runs the app to its end; what it has written. */
async function runApp(folder: string, options: object): Promise<string> {
  const app = startProcess("e2e/interop/apps/sentry_node_app.cjs", [], {
    SENTRY_CLIENT: folder,
    SENTRY_DSN: dsn,
    SENTRY_OPTIONS: JSON.stringify(options),
  });
  const url = await app.waitForLine((line) => /^app listening on (\S+)/.exec(line)?.[1]);
  const headers = {
    authorization: "Bearer planted-secret-in-a-header",
    cookie: "sid=planted-secret-in-a-cookie",
    "x-api-key": "planted-secret-in-another-header",
  };
  const body = JSON.stringify({ password: "planted-secret-in-a-body" });
  for (let index = 0; index < REQUESTS; index++)
    expect((await fetch(`${url}/products/${index}?token=planted-secret-in-a-query`, { headers })).status).toBe(200);
  // The client drops an error that is like the one before.
  for (let index = 0; index < ERRORS; index++)
    for (const place of ["carts", "tills"])
      expect(
        (await fetch(`${url}/${place}/${index}?token=planted-secret`, { method: "POST", headers, body })).status,
      ).toBe(500);
  await app.stop();
  return app.output();
}

for (const { version, options, request, folder, reason } of CLIENTS) {
  const missing = reason === undefined ? "" : ` (${reason})`;
  test.skipIf(folder === undefined)(
    `an app under @sentry/node ${version} has its errors, requests and logs on the screens${missing}`,
    async () => {
      const output = await runApp(folder!, options);
      expect(output.split("\n").filter((line) => /\[(?:warn|error)\]/i.test(line))).toEqual([]);
      expect(output).toContain("app flushed true");
      const health = await poll(
        "the end of the digest",
        () => get<HealthAnswer>("/api/health"),
        ({ intake, digest }) => intake.acceptedEvents > ERRORS && digest.events >= intake.acceptedEvents,
      );
      expect(health.intake.rejectedEvents).toBe(0);
      // What the client itself reports as lost stands among them.
      expect(health.drops).toEqual([]);
      const { routes } = await get<RoutesAnswer>("/api/routes?range=1h");
      expect(routes.map(({ method, route, count, errors }) => [method, route, count, errors]).toSorted()).toEqual([
        ["GET", "/products/:id", REQUESTS, 0],
        ["POST", "/carts/:id", ERRORS, ERRORS],
        ["POST", "/tills/:id", ERRORS, ERRORS],
      ]);
      const { issues } = await get<IssueList>("/api/issues");
      expect(issues.map(({ title, events }) => [title, events])).toEqual([
        ["Error: the order failed", ERRORS],
        ["Error: the order failed", ERRORS],
      ]);
      const details = await Promise.all(issues.map(({ id }) => get<IssueDetail>(`/api/issues/${id}`)));
      expect(details.some((issue) => JSON.stringify(issue).includes("readTaxRate"))).toBe(true);
      await server.stop();
      const stored = await readStored(server.dataDir, "default");
      const [error] = stored.errors;
      expect(error).toMatchObject({
        handled: true,
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        user: { id: "u-7" },
        attributes: { cart: "7" },
        ...request,
        exceptions: [{ type: "Error" }, { relation: "cause", parent: 0 }],
      });
      expect(error!.exceptions[0]!.frames[0]).toMatchObject({ inApp: true, context: { line: expect.any(String) } });
      expect(stored.texts.filter((line) => line.includes("planted-secret"))).toEqual([]);
      expect(stored.logs.filter(({ message }) => message === "product 7 shown")).toHaveLength(REQUESTS);
    },
  );
}
