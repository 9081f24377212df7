import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TokenScope } from "@gatewatch/protocol";
import { createToken } from "../../auth/create-credential.ts";
import { makeStreamUuid } from "../../model/stream-uuid.ts";
import { DRIFTLOCK_ROUTES } from "./driftlock-routes.ts";
import type { DriftlockRoute } from "./driftlock-route.ts";
import {
  NORMAL,
  ODD,
  startDriftlockStandIn,
  type Answer,
  type DriftlockStandIn,
} from "./testing/driftlock-stand-in.ts";

const SECRET = "of-the-first-project";
const SCOPES = ["ingest", "read", "admin"] as const;

let api: DriftlockStandIn;
let strangerId: number;
let anomalyId: string;
const keys: Record<string, string> = {};

beforeAll(async () => {
  api = await startDriftlockStandIn();
  strangerId = (await api.store.control.createProject({ name: "stranger", slug: "stranger", at: api.time.now })).id;
  for (const scope of SCOPES) {
    keys[`own ${scope}`] = await api.makeKey(scope);
    keys[`stranger ${scope}`] = await api.makeKey(scope, { projectId: strangerId });
    keys[`bound ${scope}`] = await api.makeKey(scope, { stream: "other" });
  }
  const detect = (key: string, stream: string, events: unknown[]): Promise<Answer> =>
    api.ask(keys[key]!, "POST", "/v1/detect", { stream_id: stream, events });
  for (const owner of ["own", "stranger"]) await detect(`${owner} ingest`, "other", NORMAL);
  await detect("own ingest", SECRET, NORMAL);
  await detect("own ingest", SECRET, [ODD]);
  await api.watch.turn();
  const { anomalies } = (await api.ask(keys["own read"]!, "GET", "/v1/anomalies")).body as {
    anomalies: { id: string }[];
  };
  anomalyId = anomalies[0]!.id;
});
afterAll(() => api.close());

const BODIES: Readonly<Record<string, unknown>> = {
  detect: { stream_id: makeStreamUuid(1, SECRET), events: [ODD] },
  takeEvents: { events: [ODD] },
  giveFeedback: { feedback_type: "confirmed" },
  exportAnomaly: { format: "json" },
  exportAnomalies: { format: "json" },
  createStream: { slug: "made" },
  changeProfile: { profile: "strict" },
  resetAnchor: { events: NORMAL, force_reset: true },
};

/** Every route about this project's things, with a body that would work for somebody who may. */
function call(route: DriftlockRoute, key: string | null, prefix = ""): Promise<Answer> {
  const id = route.path.startsWith("/v1/anomalies") ? anomalyId : makeStreamUuid(1, SECRET);
  return api.ask(key, route.method, prefix + route.path.replace(":id", id), BODIES[route.name]);
}

const isAboutOne = (route: DriftlockRoute): boolean => route.path.includes(":id") || route.name === "detect";
/** What a key that fits the action, but not the thing, may be answered. */
const statusesOf = (route: DriftlockRoute): number[] => (isAboutOne(route) ? [403, 404] : [200, 201, 403]);
const needs = (action: string): TokenScope => (action === "ingest" ? "ingest" : action === "read" ? "read" : "admin");

async function snapshot(): Promise<unknown> {
  const subject = { projectId: 1, kind: "event", stream: SECRET, measure: null } as const;
  const { anomalies } = await api.store.anomalies.query({ projectId: 1, limit: 100 });
  return [await api.store.anomalies.listTuning(subject, 100), anomalies, await api.watch.getStream(subject)];
}

describe.each(DRIFTLOCK_ROUTES)("$method $path", (route) => {
  test.each(["", "/api"])("refuses who has no key, or one that was never issued, behind %j", async (prefix) => {
    for (const key of [
      null,
      `dlk_0b7f2f2e-93a4-4c1c-8f9e-0e4a7d6f3b21.${"x".repeat(43)}`,
      "dlk_made.up",
      "gatewatch_ad_wrong",
    ]) {
      const { status, body } = await call(route, key, prefix);
      expect([status, body]).toEqual([
        401,
        {
          error: { code: "unauthorized", message: "authentication failed", request_id: expect.any(String) as unknown },
        },
      ]);
    }
  });

  test.each(SCOPES.filter((scope) => scope !== "admin" && scope !== needs(route.action)))(
    "refuses the role behind the scope %s",
    async (scope) => {
      const { status, body } = await call(route, keys[`own ${scope}`]!);
      expect([status, body["error"]]).toEqual([403, expect.objectContaining({ code: "forbidden" })]);
    },
  );

  test.each(SCOPES)("finds and changes nothing of this project with a stranger's %s key", async (scope) => {
    const before = await snapshot();
    const { status, body } = await call(route, keys[`stranger ${scope}`]!);
    expect(statusesOf(route)).toContain(status);
    expect(JSON.stringify(body)).not.toContain(SECRET);
    expect(JSON.stringify(body)).not.toContain(anomalyId);
    expect(await snapshot()).toEqual(before);
  });

  test.each(SCOPES)("finds and changes nothing of another stream with a bound %s key", async (scope) => {
    const before = await snapshot();
    const { status, body } = await call(route, keys[`bound ${scope}`]!);
    expect(statusesOf(route)).toContain(status);
    expect(JSON.stringify(body)).not.toContain(SECRET);
    expect(await snapshot()).toEqual(before);
  });
});

test("what strangers could not reach is there", async () => {
  const { body } = await api.ask(keys["own admin"]!, "GET", `/v1/streams/${SECRET}/anchor`);
  expect([body["has_active_anchor"], anomalyId]).toEqual([true, expect.any(String)]);
});

test("the same names are other streams in another project", async () => {
  const { body } = await api.ask(keys["stranger admin"]!, "GET", "/v1/streams/other");
  expect(body["id"]).toBe(makeStreamUuid(strangerId, "other"));
  expect(body["id"]).not.toBe(makeStreamUuid(1, "other"));
});

test("a bound key works for its stream, and takes it where none is named", async () => {
  const { status, body } = await api.ask(keys["bound ingest"]!, "POST", "/v1/detect", { events: [NORMAL[0]] });
  expect([status, body["stream"]]).toEqual([200, "other"]);
  expect((await api.ask(keys["bound read"]!, "GET", "/v1/streams")).body).toMatchObject({ total: 1 });
  expect((await api.ask(keys["bound read"]!, "GET", "/v1/anomalies")).body).toMatchObject({ anomalies: [], total: 0 });
});

test("a key opens this language alone, and a token of ours opens it too", async () => {
  const headers = { authorization: `Bearer ${keys["own admin"]!}` };
  for (const path of ["/api/anomalies", "/api/tokens", "/api/v1/labels", "/api/whoami"]) {
    const response = await api.fetch(path, { headers });
    await response.body?.cancel();
    expect([path, response.status]).toEqual([path, 401]);
  }
  expect((await api.ask(null, "GET", "/v1/streams", undefined, headers)).status).toBe(200);
  const { token } = await createToken(api.store, { projectId: 1, scope: "read", name: "r", at: 0 });
  expect((await api.ask(token, "GET", "/v1/streams")).status).toBe(200);
  expect((await api.ask(token, "POST", "/v1/detect", { events: [1] })).status).toBe(403);
});

test("a revoked key is refused at once", async () => {
  const headers = { "content-type": "application/json", authorization: "" };
  const { token } = await createToken(api.store, { projectId: 1, scope: "admin", name: "a", at: 0 });
  headers.authorization = `Bearer ${token}`;
  const order = { kind: "driftlock", scope: "ingest", name: "app", stream: "bound" };
  const made = await api.fetch("/api/tokens", { method: "POST", headers, body: JSON.stringify(order) });
  const { id, token: key, hint } = (await made.json()) as { id: number; token: string; hint: string };
  expect(key.startsWith(`dlk_${makeStreamUuid(1, "bound")}.`)).toBe(true);
  expect(hint).toBe(`dlk_…${key.slice(-4)}`);
  expect((await api.ask(key, "POST", "/v1/detect", { events: [1] })).body["stream"]).toBe("bound");
  expect(
    (await api.fetch(`/api/tokens/${id}`, { method: "DELETE", headers: { authorization: headers.authorization } }))
      .status,
  ).toBe(204);
  expect((await api.ask(key, "POST", "/v1/detect", { events: [1] })).status).toBe(401);
  const refused = await api.fetch("/api/tokens", {
    method: "POST",
    headers,
    body: JSON.stringify({ ...order, kind: "token" }),
  });
  expect(refused.status).toBe(422);
});
