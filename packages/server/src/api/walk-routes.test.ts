import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ErrorBody } from "@gatewatch/protocol";
import { createToken } from "../auth/create-credential.ts";
import { isAboutOneThing, seedProject, type SeededProject } from "./testing/seed-project.ts";
import { startServerStandIn, type ServerStandIn } from "./testing/server-stand-in.ts";
import type { ApiRoute } from "./route.ts";
import { API_ROUTES, RESERVED_SEGMENTS } from "./routes.ts";

let api: ServerStandIn;
let own: SeededProject;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  api = await startServerStandIn();
  own = await seedProject(api.store, 1, api.time.now);
  const stranger = await api.store.control.createProject({ name: "stranger", slug: "stranger", at: api.time.now });
  const order = { name: "walk", at: api.time.now };
  for (const scope of ["ingest", "read", "admin"] as const) {
    tokens[`own ${scope}`] = (await createToken(api.store, { ...order, projectId: 1, scope })).token;
    tokens[`stranger ${scope}`] = (await createToken(api.store, { ...order, projectId: stranger.id, scope })).token;
  }
});
afterAll(() => api.close());

/** Every route with bodies and ids that would work for somebody who may. */
function call(route: ApiRoute, headers: Record<string, string>, search = ""): Promise<Response> {
  const path = route.path.replaceAll(/:(\w+)/g, () => own.idFor(route.id));
  const body = own.bodyFor(route.id);
  const needed = own.searchFor(route.id);
  return api.fetch(path + needed + (needed === "" ? search : search.replace("?", "&")), {
    method: route.method,
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** What a refusal must look like, and what this one does. */
const REFUSED = { refused: true, keys: ["error"], leaks: [], hasRequestId: true };
async function look(response: Response): Promise<typeof REFUSED> {
  const text = await response.text();
  const body = JSON.parse(text) as ErrorBody;
  return {
    refused: [401, 403, 404].includes(response.status),
    keys: Object.keys(body),
    leaks: own.secrets.filter((secret) => text.includes(secret)) as [],
    hasRequestId: body.error.requestId !== undefined && body.error.requestId === response.headers.get("x-request-id"),
  };
}

const guarded = API_ROUTES.filter((route) => route.access.scope !== "public");

const writes = guarded.filter((route) => route.method !== "GET");
const reads = guarded.filter((route) => route.access.scope === "project" && route.access.action === "read");
/** What apps do with the key by which they send events. */
const ingest = guarded.filter((route) => route.access.scope === "project" && route.access.action === "ingest");
const beyondIngest = guarded.filter((route) => !ingest.includes(route));
const beyondRead = guarded.filter((route) => !reads.includes(route));

describe.each(guarded)("$method $path", (route) => {
  test("refuses a request without a credential", async () => {
    const response = await call(route, {});
    expect(response.status).toBe(401);
    expect(await look(response)).toEqual(REFUSED);
  });

  test("refuses a made-up token", async () => {
    const response = await call(route, { authorization: `Bearer gatewatch_ad_${"0".repeat(49)}` });
    expect(response.status).toBe(401);
    expect(await look(response)).toEqual(REFUSED);
  });

  test.each(["ingest", "read", "admin"])("refuses a stranger's %s token that names this project", async (scope) => {
    const headers = { authorization: `Bearer ${tokens[`stranger ${scope}`]}` };
    expect(await look(await call(route, headers, "?project=1"))).toEqual(REFUSED);
  });
});

test.each(beyondIngest)("$method $path refuses an ingest token", async (route) => {
  expect(await look(await call(route, { authorization: `Bearer ${tokens["own ingest"]}` }))).toEqual(REFUSED);
});

test("an ingest token may do nothing but send and judge events", () => {
  expect(ingest.map((route) => route.id)).toEqual(["detectEvents", "getStreamState", "mergeStreamState"]);
});

describe.each(guarded.filter((route) => isAboutOneThing(route)))("$method $path", (route) => {
  test.each(["ingest", "read", "admin"])("finds nothing of this project for a stranger's %s token", async (scope) => {
    const headers = { authorization: `Bearer ${tokens[`stranger ${scope}`]}` };
    expect(await look(await call(route, headers))).toEqual(REFUSED);
  });
});

test.each(writes)("$method $path refuses a session's write from another site", async (route) => {
  const { headers } = await api.signIn("admin");
  const response = await call(route, { ...headers, origin: "https://evil.example", "sec-fetch-site": "cross-site" });
  expect(response.status).toBe(403);
  expect(await look(response)).toEqual(REFUSED);
});

test.each(beyondRead)("$method $path refuses a read token", async (route) => {
  expect(await look(await call(route, { authorization: `Bearer ${tokens["own read"]}` }))).toEqual(REFUSED);
});

test.each(reads)("$method $path answers a read token", async (route) => {
  const response = await call(route, { authorization: `Bearer ${tokens["own read"]}` });
  await response.body?.cancel();
  expect(response.status).toBe(200);
});

test("a stranger's lists hold nothing of this project", async () => {
  const headers = { authorization: `Bearer ${tokens["stranger admin"]}` };
  for (const path of [
    "/api/issues",
    "/api/tokens",
    "/api/projects",
    "/api/overview",
    "/api/routes",
    "/api/deliveries",
    "/api/alert-rules",
    "/api/settings",
    "/api/protection",
    "/api/anomalies",
    "/api/streams",
    "/api/monitors",
    "/api/releases",
    "/api/feedback",
  ]) {
    const response = await api.fetch(path, { headers });
    const text = await response.text();
    expect(response.status).toBe(200);
    for (const secret of own.secrets) expect(text).not.toContain(secret);
  }
});

test("the table uses no address that is kept for other clients", () => {
  for (const { path } of API_ROUTES) {
    const segment = path.split("/")[2]!;
    expect(path.startsWith("/api/")).toBe(true);
    expect(RESERVED_SEGMENTS).not.toContain(segment);
    expect(segment).not.toMatch(/^(?:query|\d+$|:)/);
  }
});

test("no route of the table answers at an address that is kept", async () => {
  for (const segment of [...RESERVED_SEGMENTS, "query", "query_range", "42"]) {
    const response = await api.fetch(`/api/${segment}/`, { headers: { accept: "text/html" } });
    expect(response.status).toBe(404);
    await response.body?.cancel();
  }
});

test("the public routes are only these", () => {
  expect(API_ROUTES.filter((route) => route.access.scope === "public").map((route) => route.id)).toEqual([
    "whoami",
    "signIn",
    "getOpenapi",
  ]);
});
