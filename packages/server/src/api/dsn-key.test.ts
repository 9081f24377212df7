import { afterAll, beforeAll, expect, test } from "vitest";
import { createDsnKey } from "../auth/create-credential.ts";
import { DRIFTLOCK_ROUTES } from "./driftlock/driftlock-routes.ts";
import { PROMETHEUS_ROUTES } from "./prometheus/prometheus-routes.ts";
import { API_ROUTES } from "./routes.ts";
import { startServerStandIn, type ServerStandIn } from "./testing/server-stand-in.ts";

let api: ServerStandIn;
let key: string;

beforeAll(async () => {
  api = await startServerStandIn();
  key = (await createDsnKey(api.store, { projectId: 1, name: "page", at: api.time.now })).token;
});
afterAll(() => api.close());

const ROUTES = [
  ...API_ROUTES.filter(({ access }) => access.scope !== "public").map(({ method, path }) => ({ method, path })),
  ...["", "/api"].flatMap((prefix) => DRIFTLOCK_ROUTES.map(({ method, path }) => ({ method, path: prefix + path }))),
  ...PROMETHEUS_ROUTES.flatMap(({ methods, path }) => methods.map((method) => ({ method, path }))),
];

test.each(ROUTES)("$method $path refuses the key of a DSN, wherever it stands", async ({ method, path }) => {
  const places: Record<string, string>[] = [
    { authorization: `Bearer ${key}` },
    { authorization: `Basic ${Buffer.from(`any:${key}`).toString("base64")}`, "x-api-key": key },
  ];
  for (const headers of places) {
    const answer = await api.fetch(path.replaceAll(/:\w+/g, "1"), { method, headers });
    expect(answer.status).toSatisfy((status) => status === 401 || status === 403);
  }
});

test.each([
  ["/api/whoami", { authorization: "Bearer KEY" }],
  ["/metrics", { authorization: "Bearer KEY" }],
  ["/v1/metrics", { "x-metrics-token": "KEY" }],
  ["/metrics?token=KEY", {}],
])("%s refuses it by name: %j", async (path, places: Record<string, string>) => {
  const headers = Object.fromEntries(Object.entries(places).map(([name, value]) => [name, value.replace("KEY", key)]));
  const answer = await api.fetch(path.replace("KEY", key), { headers });
  expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining("key of a DSN")]);
});
