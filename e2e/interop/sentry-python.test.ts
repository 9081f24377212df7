import { join, resolve } from "node:path";
import type { ErrorEvent, HealthAnswer, IssueDetail, IssueList, ReleaseList, RoutesAnswer } from "@gatewatch/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { installFromPypi } from "../support/install-from-pypi.ts";
import { poll } from "../support/poll.ts";
import { readStored } from "../support/read-stored.ts";
import { startGatewatch, type RunningServer } from "../support/start-gatewatch.ts";
import { ROOT, startCommand } from "../support/start-process.ts";
import { startPythonApp } from "../support/start-python.ts";

const SERVERS = ["django==5.2.19", "flask==3.1.3", "gunicorn==27.0.1", "celery==5.7.0"];
const ASYNC = ["fastapi==0.165.0", "uvicorn==0.54.0"];
/** With brotli there, the newer client packs with it. */
const CLIENTS = [
  { version: "1.45.1", packages: [] },
  { version: "2.75.0", packages: ["Brotli==1.2.1"] },
].map(({ version, packages }) => ({
  version,
  ...installFromPypi(`sentry-${version}`, [`sentry-sdk==${version}`, ...SERVERS, ...ASYNC, ...packages]),
}));
const ORDERS = 10;
const FAILURES = 3;
const ALL_OPTIONS: Readonly<Record<string, object>> = {
  "1.45.1": { traces_sample_rate: 1 },
  "2.75.0": { traces_sample_rate: 1, enable_logs: true },
};

let server: RunningServer;
let dsn: string;
let token: string;
let stop: (() => Promise<void>) | undefined;

beforeEach(async () => {
  server = await startGatewatch({ env: { GATEWATCH_SECRET: "interop-secret" } });
  dsn = server.command<{ dsn: string }>("token", "create", "--dsn").dsn;
  token = server.command<{ token: string }>("token", "create", "--scope", "read").token;
});
afterEach(async () => {
  await stop?.();
  stop = undefined;
  await server.remove();
});

async function get<Answer>(path: string): Promise<Answer> {
  const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } });
  expect({ path, status: answer.status }).toEqual({ path, status: 200 });
  return (await answer.json()) as Answer;
}

/** The client in debug mode writes what it does; what it warns of stands there too. */
const complaintsIn = (output: string): string[] =>
  output
    .split("\n")
    // The older one warns of its own integrations standing side by side.
    .filter((line) => /\[sentry\] (?:WARNING|ERROR)/.test(line) && !line.includes("SentryAsgiMiddleware"));

async function call(url: string): Promise<void> {
  for (let number = 0; number < ORDERS; number++) expect((await fetch(`${url}/orders/${number}/`)).status).toBe(200);
  for (let number = 0; number < FAILURES; number++) {
    const answer = await fetch(`${url}/carts/${number}/?token=planted-secret-in-a-query`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: "Bearer planted-secret-in-a-header",
        cookie: "sessionid=planted-secret-in-a-cookie",
        "x-api-key": "planted-secret-in-another-header",
      },
      body: JSON.stringify({ username: "ada", password: "planted-secret-in-a-body" }),
    });
    expect(answer.status).toBe(500);
  }
}

const expectNothingLost = (health: HealthAnswer): void => {
  expect(health.intake.rejectedEvents).toBe(0);
  // The client sends an error once that its integrations have seen twice, and reports the other one.
  expect(health.drops.filter(({ reason }) => reason !== "error:event_processor")).toEqual([]);
};

async function readErrors(): Promise<ErrorEvent[]> {
  await server.stop();
  const stored = await readStored(server.dataDir, "default");
  expect(stored.texts.filter((line) => line.includes("planted-secret"))).toEqual([]);
  return stored.errors;
}

for (const { version, bin, reason } of CLIENTS) {
  const missing = reason === undefined ? "" : ` (${reason})`;
  describe.skipIf(bin === undefined)(`an app under sentry-sdk ${version}${missing}`, () => {
    test.each([
      ["Django", "gunicorn", "sentry_django_app", "/carts/{number}/", "/orders/{number}/", true],
      ["Django, async", "uvicorn", "sentry_django_app", "/carts/{number}/", "/orders/{number}/", true],
      ["Flask", "gunicorn", "sentry_flask_app", "total", "show_order", true],
      ["FastAPI", "uvicorn", "sentry_fastapi_app", "/carts/{number}/", "/orders/{number}/", true],
      ["Flask without tracing", "gunicorn", "sentry_flask_app", "total", "", false],
    ] as const)(
      "has its errors and requests on the screens: %s",
      async (_name, under, module, failing, working, traced) => {
        const options = traced ? ALL_OPTIONS[version] : {};
        const env = { SENTRY_DSN: dsn, SENTRY_OPTIONS: JSON.stringify(options) };
        const app = await startPythonApp(bin!, under, module, { workers: 1, probe: "/healthz", env });
        stop = () => app.process.stop();
        await call(app.url);
        const { issues } = await poll(
          "the errors",
          () => get<IssueList>("/api/issues"),
          (answer) => answer.issues[0]?.events === FAILURES,
        );
        expect(issues.map(({ title }) => title)).toEqual(["KeyError: 'tax'"]);
        const issue = await get<IssueDetail>(`/api/issues/${issues[0]!.id}`);
        expect(JSON.stringify(issue)).toContain("read_total");
        const health = await poll(
          "the end of the digest",
          () => get<HealthAnswer>("/api/health"),
          ({ intake, digest }) => intake.acceptedEvents >= FAILURES && digest.events >= intake.acceptedEvents,
        );
        expectNothingLost(health);
        const { routes } = await poll(
          "the requests",
          () => get<RoutesAnswer>("/api/routes?range=1h"),
          (answer) => !traced || answer.routes.reduce((sum, { count }) => sum + count, 0) > ORDERS + FAILURES,
        );
        const shown = routes.filter(({ route }) => route === failing || route === working);
        expect(shown.map(({ method, route, count, errors }) => [method, route, count, errors]).toSorted()).toEqual(
          traced
            ? [
                ["GET", working, ORDERS, 0],
                ["POST", failing, FAILURES, FAILURES],
              ]
            : [],
        );
        await app.process.stop();
        expect(complaintsIn(app.process.output())).toEqual([]);
        // The client counts its requests as sessions and tells of them every minute, and at an end that lets it: gunicorn's.
        const { releases } = await poll(
          "the sessions",
          () => get<ReleaseList>("/api/releases"),
          (answer) => under !== "gunicorn" || answer.releases.some(({ sessions }) => sessions >= ORDERS + FAILURES),
        );
        expect(releases.map(({ release, environment, crashed }) => [release, environment, crashed])).toEqual(
          under === "gunicorn" ? [["shop@1.4.2", "production", FAILURES]] : [],
        );
        const [error] = await readErrors();
        expect(error).toMatchObject({
          handled: false,
          request: {
            method: "POST",
            route: failing,
            client: expect.stringMatching(/^[0-9a-f]{64}$/),
            headers: { authorization: "[REDACTED]", "x-api-key": "[REDACTED]" },
          },
        });
        expect(error!.exceptions[0]!.frames[0]).toMatchObject({ function: "read_total", inApp: true });
      },
    );

    test("has the failures of its tasks on the screens: Celery", async () => {
      const app = startCommand(join(bin!, "python"), [resolve(ROOT, "e2e/interop/apps/sentry_celery_app.py")], {
        SENTRY_DSN: dsn,
        SENTRY_OPTIONS: JSON.stringify(ALL_OPTIONS[version]),
        PYTHONPATH: resolve(ROOT, "e2e/interop/apps"),
      });
      expect((await app.exited).code).toBe(0);
      expect(complaintsIn(app.output())).toEqual([]);
      const { issues } = await poll(
        "the error",
        () => get<IssueList>("/api/issues"),
        (answer) => answer.issues.length > 0,
      );
      expect(issues.map(({ title, events }) => [title, events])).toEqual([["KeyError: 'tax'", 1]]);
      expectNothingLost(await get<HealthAnswer>("/api/health"));
      const [error] = await readErrors();
      expect(error).toMatchObject({ handled: false });
    });
  });
}
