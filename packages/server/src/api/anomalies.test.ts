import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AnomalyDetail, AnomalyList, DetectAnswer, ProtectionAnswer, StreamList } from "@gatewatch/protocol";
import { createToken } from "../auth/create-credential.ts";
import { STAND_IN_NEEDS } from "../anomalies/detector-stand-in.ts";
import { startServerStandIn, type ServerStandIn } from "./testing/server-stand-in.ts";

let api: ServerStandIn;
let strangerId: number;
let tokens: Record<"admin" | "ingest" | "read" | "strangerIngest" | "strangerAdmin", string>;

beforeEach(async () => {
  api = await startServerStandIn();
  const at = api.time.now;
  strangerId = (await api.store.control.createProject({ name: "stranger", slug: "stranger", at })).id;
  const make = async (projectId: number, scope: "admin" | "ingest" | "read") =>
    (await createToken(api.store, { projectId, scope, name: scope, at })).token;
  tokens = {
    admin: await make(1, "admin"),
    ingest: await make(1, "ingest"),
    read: await make(1, "read"),
    strangerIngest: await make(strangerId, "ingest"),
    strangerAdmin: await make(strangerId, "admin"),
  };
});
afterEach(() => api.close());

type Who = keyof typeof tokens;

function send(method: string, path: string, who: Who, body?: unknown): Promise<Response> {
  return api.fetch(path, {
    method,
    headers: {
      authorization: `Bearer ${tokens[who]}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function get<Answer>(path: string, who: Who = "read"): Promise<Answer> {
  return (await (await send("GET", path, who)).json()) as Answer;
}

async function detect(events: unknown[], who: Who = "ingest", stream = "shop"): Promise<DetectAnswer> {
  return (await (await send("POST", "/api/detect", who, { stream, events })).json()) as DetectAnswer;
}

const normal = Array.from({ length: STAND_IN_NEEDS }, (_, price) => ({ item: "book", price }));

async function findOdd(): Promise<number> {
  await detect(normal);
  expect((await detect([{ item: "book" }, { item: "odd" }])).anomalies).toMatchObject([{ index: 1, block: true }]);
  await api.watch.turn();
  api.time.now += 1_000;
  return (await get<AnomalyList>("/api/anomalies")).anomalies[0]!.id;
}

describe("anomalies", () => {
  test("are found by the events of an app, listed, explained and judged by people", async () => {
    const id = await findOdd();
    const detail = await get<AnomalyDetail>(`/api/anomalies/${id}`);
    expect(detail).toMatchObject({
      stream: "shop",
      event: { item: "odd" },
      normal: { item: "book" },
      findings: [{ field: "body.item", expected: "book" }],
      feedback: null,
      history: [],
    });
    const said = await send("POST", `/api/anomalies/${id}/feedback`, "admin", {
      feedback: "false_positive",
      reason: "a new shoe",
    });
    expect(await said.json()).toMatchObject({
      feedback: "false_positive",
      history: [{ action: "false_positive", detail: { reason: "a new shoe" } }],
    });
    expect((await detect([{ item: "odd" }])).anomalies).toEqual([]);
    expect((await send("POST", `/api/anomalies/${id}/feedback`, "admin", { feedback: null })).status).toBe(200);
    expect((await get<AnomalyDetail>(`/api/anomalies/${id}`)).feedback).toBeNull();
  });

  test("are narrowed by every filter, and paged", async () => {
    await findOdd();
    api.time.now += 3_600_000;
    await detect([{ item: "odd 2" }]);
    await api.watch.turn();
    api.time.now += 1_000;
    const count = async (query: string) => (await get<AnomalyList>(`/api/anomalies?${query}`)).anomalies.length;
    expect(await count("kind=event&stream=shop&feedback=none&told=true&maxPValue=0.001")).toBe(2);
    expect(await count("range=5m")).toBe(1);
    expect(await count("kind=series")).toBe(0);
    expect(await count("maxPValue=0.0000001")).toBe(0);
    const first = await get<AnomalyList>("/api/anomalies?limit=1");
    expect(first).toMatchObject({ total: 2, nextCursor: expect.any(String) as string });
    const second = await get<AnomalyList>(`/api/anomalies?limit=1&cursor=${first.nextCursor}`);
    expect(second.anomalies[0]!.id).toBeLessThan(first.anomalies[0]!.id);
    expect(second.nextCursor).toBeNull();
    expect((await send("GET", "/api/anomalies?feedback=maybe", "read")).status).toBe(422);
  });

  test("stand in lanes beside what was promised, and on the overview", async () => {
    const id = await findOdd();
    const { takeNotice } = api.watch;
    takeNotice({ projectId: 1, requests: [], skipped: 40, errors: 0, issues: [], lagMs: 0, limited: 4, refused: 1 });
    await api.watch.turn();
    const answer = await get<ProtectionAnswer>("/api/protection?range=1h");
    expect(answer).toMatchObject({
      lanes: [{ kind: "event", stream: "shop", measure: null, anomalies: [{ id }] }],
      watched: { series: 0, ready: 0, eventStreams: 1 },
      promise: { target: 0.1, judged: 2, flagged: 1, expected: 0.002, told: 1 },
      gate: { requests: 40, limited: 4, refused: 1 },
    });
    expect(await get("/api/overview?range=1h")).toMatchObject({ anomalies: [{ id, told: true }] });
    expect(await get("/api/protection?range=1h", "strangerAdmin")).toMatchObject({
      lanes: [],
      watched: { eventStreams: 0 },
      promise: { judged: 0 },
    });
  });

  test("of another project are not there", async () => {
    const id = await findOdd();
    expect((await send("GET", `/api/anomalies/${id}`, "strangerAdmin")).status).toBe(404);
    const said = await send("POST", `/api/anomalies/${id}/feedback`, "strangerAdmin", { feedback: "confirmed" });
    expect(said.status).toBe(404);
    expect((await get<AnomalyDetail>(`/api/anomalies/${id}`)).feedback).toBeNull();
    expect((await get<AnomalyList>("/api/anomalies", "strangerAdmin")).total).toBe(0);
  });

  test("are not judged by a token that may only read", async () => {
    const id = await findOdd();
    expect((await send("POST", `/api/anomalies/${id}/feedback`, "read", { feedback: "confirmed" })).status).toBe(403);
  });
});

describe("streams", () => {
  const one = "/api/streams/one?kind=event&stream=shop";

  test("are listed, changed with a row of history, and forgotten", async () => {
    await detect(normal);
    expect((await get<StreamList>("/api/streams")).streams).toMatchObject([{ stream: "shop", profile: "balanced" }]);
    const changed = await send("PATCH", one, "admin", { profile: "strict", autoTune: true, reason: "too loud" });
    expect(await changed.json()).toMatchObject({ profile: "strict", autoTune: true, level: 1e-4 });
    expect(await get("/api/streams/tuning?kind=event&stream=shop")).toMatchObject({
      rows: [
        { field: "level", from: 1e-3, to: 1e-4 },
        { field: "autoTune", from: false, to: true, reason: "too loud" },
        { field: "profile", from: "balanced", to: "strict" },
      ],
    });
    expect((await send("DELETE", one, "admin")).status).toBe(204);
    expect((await send("GET", one, "read")).status).toBe(404);
    expect((await send("DELETE", one, "admin")).status).toBe(404);
  });

  test("of another project are not there, whatever one wants of them", async () => {
    await detect(normal);
    const body = { profile: "strict" };
    expect((await send("GET", one, "strangerAdmin")).status).toBe(404);
    expect((await send("PATCH", one, "strangerAdmin", body)).status).toBe(404);
    expect((await send("DELETE", one, "strangerAdmin")).status).toBe(404);
    expect((await send("GET", "/api/streams/tuning?kind=event&stream=shop", "strangerAdmin")).status).toBe(404);
    expect((await send("GET", "/api/streams/state?stream=shop", "strangerIngest")).status).toBe(404);
    expect((await get<StreamList>("/api/streams", "strangerAdmin")).streams).toEqual([]);
    expect((await send("PATCH", one, "read", body)).status).toBe(403);
    expect(await get(one)).toMatchObject({ profile: "balanced" });
  });

  test("have a window that adapts only where there is one", async () => {
    await detect(normal);
    expect((await send("PATCH", one, "admin", { adaptiveWindow: true })).status).toBe(200);
    const series = "/api/streams/one?kind=series&stream=&measure=p95";
    const refused = await send("PATCH", series, "admin", { adaptiveWindow: true });
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { error: { code: "invalid_request", details: { field: "adaptiveWindow" } } },
    ]);
  });

  test("are named whole: a series with its measure, an event stream without", async () => {
    expect((await send("GET", "/api/streams/one?kind=series&stream=", "read")).status).toBe(422);
    expect((await send("GET", `${one}&measure=p95`, "read")).status).toBe(422);
    expect((await send("GET", "/api/streams/one?kind=series&stream=&measure=p95", "read")).status).toBe(404);
  });
});

describe("POST /api/detect", () => {
  test("keeps no audit of what apps send all the time", async () => {
    api.options.store.control.addAudit = () => Promise.reject(new Error("an audit of an event"));
    expect(await detect(normal)).toMatchObject({ seen: STAND_IN_NEEDS, anomalies: [] });
  });

  test.each([
    ["no stream", { events: [{}] }],
    ["an empty name", { stream: "", events: [{}] }],
    ["a name without an end", { stream: "x".repeat(201), events: [{}] }],
    ["no event", { stream: "shop", events: [] }],
    ["what is no event", { stream: "shop", events: ["odd", null, [1]] }],
    ["too many events", { stream: "shop", events: Array.from({ length: 1_001 }, () => ({})) }],
  ])("refuses %s", async (_name, body) => {
    const response = await send("POST", "/api/detect", "ingest", body);
    expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
      422,
      "invalid_request",
    ]);
  });

  test("has a rate for each project", async () => {
    const body = { stream: "shop", events: Array.from({ length: 1_000 }, () => ({})) };
    let response = await send("POST", "/api/detect", "ingest", body);
    for (let index = 0; index < 20 && response.status === 200; index++) {
      await response.body?.cancel();
      response = await send("POST", "/api/detect", "ingest", body);
    }
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "1"]);
    expect((await send("POST", "/api/detect", "strangerIngest", body)).status).toBe(200);
  });

  test("judges hostile events without harm", async () => {
    const nested = JSON.parse(`${'{"a":'.repeat(3_000)}1${"}".repeat(3_000)}`) as unknown;
    const hostile = [
      nested,
      JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{}}}'),
      { "": "\u0000" },
    ];
    expect(await detect([...hostile, ...hostile])).toMatchObject({ status: "calibrating", seen: 6 });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(api.logged).toEqual([]);
  });
});

describe("/api/streams/state", () => {
  const snapshot = new TextEncoder().encode(JSON.stringify({ learned: ['{"a":1}'] }));
  const post = (query: string, body: Uint8Array<ArrayBuffer> | string | null, headers: Record<string, string> = {}) =>
    api.fetch(`/api/streams/state?stream=shop${query}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${tokens.ingest}`,
        "content-type": "application/octet-stream",
        ...headers,
      },
      body,
    });
  const read = (tag?: string) =>
    api.fetch("/api/streams/state?stream=shop", {
      headers: { authorization: `Bearer ${tokens.ingest}`, ...(tag === undefined ? {} : { "if-none-match": tag }) },
    });

  test("adds the deltas of ten processes, and gives every one what all know", async () => {
    for (let replica = 0; replica < 10; replica++) {
      const answer = await post(`&replica=r${replica}&sequence=0`, snapshot);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/octet-stream"]);
    }
    const merged = await read();
    expect((JSON.parse(await merged.text()) as { learned: string[] }).learned).toHaveLength(10);
    const tag = merged.headers.get("etag")!;
    expect(tag).toMatch(/^"[\w-]+"$/);
    const unchanged = await read(tag);
    expect([unchanged.status, await unchanged.text(), unchanged.headers.get("etag")]).toEqual([304, "", tag]);
    const repeated = await post("&replica=r3&sequence=0", snapshot);
    expect(repeated.headers.get("etag")).toBe(tag);
    expect((await post("&replica=r3&sequence=1", snapshot)).headers.get("etag")).not.toBe(tag);
    expect((await read(tag)).status).toBe(200);
    expect((await detect([{ item: "odd" }])).status).toBe("ready");
  });

  test("refuses what is no log, too large, empty, nameless or of another type, and keeps nothing of it", async () => {
    expect((await post("&replica=r&sequence=0", new Uint8Array([1, 2, 3]))).status).toBe(422);
    expect((await post("&replica=r&sequence=0", new Uint8Array(2 * 1024 * 1024 + 1))).status).toBe(413);
    expect((await post("&replica=r&sequence=0", null)).status).toBe(422);
    expect((await post("&replica=r&sequence=-1", snapshot)).status).toBe(422);
    expect((await post(`&replica=${"r".repeat(65)}&sequence=0`, snapshot)).status).toBe(422);
    expect((await post("", snapshot)).status).toBe(422);
    const json = await post("&replica=r&sequence=0", "{}", { "content-type": "application/json" });
    expect(json.status).toBe(415);
    expect((await read()).status).toBe(404);
    expect(api.logged).toEqual([]);
  });

  test("slows down who sends too many, and no other project", async () => {
    const large = new Uint8Array(2 * 1024 * 1024);
    const statuses: number[] = [];
    let last: Response | undefined;
    for (let sequence = 0; sequence < 20; sequence++) {
      last = await post(`&replica=r&sequence=${sequence}`, large);
      statuses.push(last.status);
    }
    expect(new Set(statuses)).toEqual(new Set([422, 429]));
    expect(last!.status).toBe(429);
    expect(Number(last!.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await send("GET", "/api/streams/state?stream=shop", "strangerIngest")).status).toBe(404);
  });

  test("bytes are taken nowhere else", async () => {
    const response = await api.fetch("/api/detect", {
      method: "POST",
      headers: { authorization: `Bearer ${tokens.ingest}`, "content-type": "application/octet-stream" },
      body: snapshot,
    });
    expect(response.status).toBe(415);
  });
});
