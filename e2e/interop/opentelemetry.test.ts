import { join, resolve } from "node:path";
import type { HealthAnswer, IssueDetail, IssueList, RoutesAnswer } from "@gatewatch/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { installFromNpm } from "../support/install-from-npm.ts";
import { poll } from "../support/poll.ts";
import { readStored } from "../support/read-stored.ts";
import { startGatewatch, type RunningServer } from "../support/start-gatewatch.ts";
import { ROOT, startProcess } from "../support/start-process.ts";

const CLIENT = installFromNpm("opentelemetry", [
  "@opentelemetry/api@1.10.0",
  "@opentelemetry/sdk-node@0.301.0",
  "@opentelemetry/instrumentation-http@0.301.0",
]);
const MISSING = CLIENT.reason === undefined ? "" : ` (${CLIENT.reason})`;
const REQUESTS = 20;
const ERRORS = 3;

let server: RunningServer;
let tokens: { ingest: string; read: string };

beforeEach(async () => {
  server = await startGatewatch({ env: { GATEWATCH_SECRET: "interop-secret" } });
  const create = (scope: string): string =>
    server.command<{ token: string }>("token", "create", "--scope", scope).token;
  tokens = { ingest: create("ingest"), read: create("read") };
});
afterEach(() => server?.remove());

async function get<Answer>(path: string): Promise<Answer> {
  const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${tokens.read}` } });
  expect({ path, status: answer.status }).toEqual({ path, status: 200 });
  return (await answer.json()) as Answer;
}

/** Runs the app to its end under the SDK's own settings; what it has written. */
async function runApp(env: Record<string, string>): Promise<string> {
  const app = startProcess("e2e/interop/apps/opentelemetry-app.cjs", [], {
    NODE_PATH: join(CLIENT.folder!, "node_modules"),
    OTEL_SERVICE_NAME: "shop",
    OTEL_RESOURCE_ATTRIBUTES: "service.version=1.4.2,deployment.environment.name=production",
    OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
    OTEL_METRICS_EXPORTER: "otlp",
    OTEL_LOGS_EXPORTER: "otlp",
    OTEL_LOG_LEVEL: "warn",
    ...env,
  });
  const url = await app.waitForLine((line) => /^app listening on (\S+)/.exec(line)?.[1]);
  const headers = { authorization: "Bearer planted-secret-in-a-header" };
  for (let index = 0; index < REQUESTS; index++)
    expect((await fetch(`${url}/products/${index}?token=planted-secret-in-a-query`, { headers })).status).toBe(200);
  for (let index = 0; index < ERRORS; index++)
    expect((await fetch(`${url}/cart/total?token=planted-secret-in-a-query`, { headers })).status).toBe(500);
  await app.stop();
  return app.output();
}

describe.skipIf(CLIENT.folder === undefined)(`an app under @opentelemetry/sdk-node${MISSING}`, () => {
  test.each([
    ["protobuf, bearer", { OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" }, "authorization=Bearer%20"],
    ["protobuf, gzip", { OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" }, "x-gatewatch-token="],
    ["JSON", { OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" }, "authorization=Bearer%20"],
    [
      "JSON, gzip, delta",
      {
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "delta",
      },
      "x-gatewatch-token=",
    ],
  ])("shows its requests, errors, logs and metrics without a line of ours: %s", async (_name, env, header) => {
    const output = await runApp({ ...env, OTEL_EXPORTER_OTLP_HEADERS: header + tokens.ingest });
    // The client warns of refused or partly refused exports.
    expect(output.split("\n").filter((line) => line !== "" && !line.startsWith("app "))).toEqual([]);

    const health = await poll(
      "the end of the digest",
      () => get<HealthAnswer>("/api/health"),
      ({ intake, digest }) => intake.acceptedEvents > 0 && digest.events >= intake.acceptedEvents,
    );
    expect(health.intake.rejectedEvents).toBe(0);
    expect(health.drops.filter(({ where }) => where === "server")).toEqual([]);

    const { routes } = await get<RoutesAnswer>("/api/routes?range=1h");
    expect(routes.map(({ method, route, count, errors }) => [method, route, count, errors]).toSorted()).toEqual([
      ["GET", "/cart/total", ERRORS, ERRORS],
      ["GET", "/products/:id", REQUESTS, 0],
    ]);

    const counted = await get<{ data: { result: { metric: Record<string, string>; value: [number, string] }[] } }>(
      `/api/v1/query?query=${encodeURIComponent("sum by (http_route) (increase(http_requests_total[1h]))")}`,
    );
    expect(counted.data.result.map(({ metric, value }) => [metric["http_route"], Number(value[1])])).toEqual([
      ["/cart/total", ERRORS],
      ["/products/:id", REQUESTS],
    ]);
    const scraped = await (await fetch(`${server.url}/metrics`)).text();
    expect(scraped).toMatch(/\ngatewatch_http_requests_total\{method="POST",status="200"\} [1-9]/);

    const { issues } = await get<IssueList>("/api/issues");
    expect(issues.map(({ title, events }) => [title, events]).toSorted()).toEqual([
      ["RangeError: the till is locked", 1],
      ["TypeError: Cannot read properties of undefined (reading 'taxRate')", ERRORS],
    ]);
    const { id } = issues.find(({ title }) => title.startsWith("TypeError"))!;
    const issue = await get<IssueDetail>(`/api/issues/${id}`);
    const text = JSON.stringify(issue);
    expect(text).toContain("readTaxRate");
    expect(text).toContain(resolve(ROOT, "e2e/interop/apps/opentelemetry-app.cjs"));
    expect(text).toContain('"release":"1.4.2"');

    await server.stop();
    const stored = await readStored(server.dataDir, "default");
    expect(stored.logs.map(({ message }) => message)).toEqual(Array.from({ length: REQUESTS }, () => "product shown"));
    const metrics = stored.texts.filter((line) => line.includes('"type":"metric"'));
    expect(metrics.some((line) => line.includes('"name":"shop.orders"') && line.includes(`"value":${REQUESTS}`))).toBe(
      true,
    );
    expect(metrics.some((line) => line.includes('"name":"shop.basket"') && line.includes('"value":12.5'))).toBe(true);
    const error = stored.errors.find(({ exceptions }) => exceptions[0]!.type === "TypeError");
    expect(error).toMatchObject({
      handled: false,
      request: { method: "GET", route: "/cart/total", status: 500, headers: { authorization: ["[REDACTED]"] } },
    });
    for (const secret of ["planted-secret", "hunter2"])
      expect(stored.texts.filter((line) => line.includes(secret))).toEqual([]);
  });

  test("tells the SDK of a wrong token, and keeps nothing", async () => {
    const output = await runApp({ OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20gatewatch_in_wrong" });
    expect(output).toContain("This token is not known or was revoked.");
    const health = await get<HealthAnswer>("/api/health");
    expect(health.intake.acceptedEvents).toBe(0);
  });
});
