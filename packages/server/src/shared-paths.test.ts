import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SHARED_PATHS, type SharedPathRow, type Speaker } from "./api/shared-paths.ts";
import { openControl } from "./cli/open-control.ts";
import { startServer, type RunningServer } from "./main.ts";
import { resolveServerConfig } from "./settings/server-settings.ts";

let dataDir: string;
let server: RunningServer;
let secrets: Record<SharedPathRow["example"]["credential"], string | null>;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "gatewatch-paths-"));
  server = await startServer(resolveServerConfig({ GATEWATCH_LOG_LEVEL: "error" }, { port: 0, dataDir }));
  const control = await openControl(dataDir);
  const make = async (kind: string): Promise<string> =>
    (await control.call<{ token: string }>("POST", "/api/tokens", { kind, name: kind, scope: "admin" })).token;
  secrets = { none: null, wrong: "wrong", token: await make("token"), dlk: await make("driftlock") };
  await control.close();
});
afterAll(async () => {
  await server?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const text = expect.any(String) as unknown;
const one = (fields: object): unknown => expect.objectContaining(fields);

/** What an answer of each language has that no other's has. */
const MARKS: Readonly<Record<Speaker, (status: number) => unknown>> = {
  gatewatch: (status) =>
    status < 400 ? one({ uptimeMs: expect.any(Number) as unknown }) : { error: one({ code: text, requestId: text }) },
  driftlock: (status) => (status < 400 ? one({ request_id: text }) : { error: one({ code: text, request_id: text }) }),
  otlp: (status) => (status < 400 ? {} : { code: expect.any(Number) as unknown, message: text }),
  prometheus: () => one({ status: "error", errorType: text, error: text }),
  cerberus: () => ({ detail: text }),
  agent: () => ({ status: "healthy" }),
  sentry: () => one({ detail: text, causes: expect.any(Array) as unknown }),
  uploads: () => ({ detail: text }),
  probe: () => one({ version: text, request_id: text }),
  metrics: () => expect.stringContaining("driftlock_http_requests_total"),
};

test.each(SHARED_PATHS.map((row) => [`${row.path}: ${row.sign}`, row] as const))("%s", async (_name, { example }) => {
  const { method, path, credential, headers = {}, body, status, speaker } = example;
  const secret = secrets[credential];
  const response = await fetch(server.url + path, {
    method,
    headers: { ...headers, ...(secret === null ? {} : { "x-api-key": secret, authorization: `Bearer ${secret}` }) },
    ...(body === undefined ? {} : { body }),
  });
  const answer = await response.text();
  const isText = response.headers.get("content-type")?.startsWith("text/plain") === true;
  expect([response.status, isText ? answer : (JSON.parse(answer) as unknown)]).toEqual([
    status,
    MARKS[speaker](status),
  ]);
});

test("the demo is there on a server that listens on this machine alone", async () => {
  const body = JSON.stringify({ events: [{ amount: 1 }] });
  expect((await fetch(`${server.url}/v1/demo/detect`, { method: "POST", body })).status).toBe(200);
});
