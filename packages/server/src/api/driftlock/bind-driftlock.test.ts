import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createToken } from "../../auth/create-credential.ts";
import { NORMAL, ODD, startDriftlockStandIn, type DriftlockStandIn } from "./testing/driftlock-stand-in.ts";

let api: DriftlockStandIn;
let key: string;
beforeEach(async () => {
  api = await startDriftlockStandIn({
    driftlock: { requestsPerSecond: 5, pascalCase: false, hasDemo: true, backlog: () => ({ bytes: 7, maxBytes: 100 }) },
  });
  key = await api.makeKey("admin");
});
afterEach(() => api.close());

const made = expect.any(String) as unknown;

test("answers under the client's request id, or one of its own where that could not be told again", async () => {
  const askAs = (id: string) => api.ask(key, "GET", "/v1/streams", undefined, { "x-request-id": id });
  const mine = await askAs("req_1.a");
  expect([mine.headers.get("x-request-id"), mine.body["request_id"]]).toEqual(["req_1.a", "req_1.a"]);
  for (const hostile of ['a"b', "x".repeat(129), "a b"]) {
    const { headers, body } = await askAs(hostile);
    expect(body["request_id"]).not.toBe(hostile);
    expect(headers.get("x-request-id")).toBe(body["request_id"]);
  }
});

test("has a rate for each key, and says how much of it is left and when there is more", async () => {
  const other = await api.makeKey("read");
  const left: (string | null)[] = [];
  for (let index = 0; index < 5; index++) {
    const { headers, status } = await api.ask(key, "GET", "/v1/streams");
    left.push(headers.get("x-ratelimit-remaining"));
    expect([status, headers.get("x-ratelimit-limit")]).toEqual([200, "5"]);
  }
  expect(left).toEqual(["4", "3", "2", "1", "0"]);
  const refused = await api.ask(key, "GET", "/v1/streams");
  expect([refused.status, refused.body]).toEqual([
    429,
    {
      error: {
        code: "rate_limit_exceeded",
        message: "This key sends more than 5 requests a second.",
        request_id: made,
        retry_after_seconds: 1,
      },
    },
  ]);
  expect([refused.headers.get("retry-after"), refused.headers.get("x-ratelimit-reset")]).toEqual([
    "1",
    String(Math.ceil((api.time.now + 200) / 1000)),
  ]);
  expect((await api.ask(other, "GET", "/v1/streams")).status).toBe(200);
  api.time.now += 1_000;
  expect((await api.ask(key, "GET", "/v1/streams")).status).toBe(200);
});

describe("addresses that nobody knows", () => {
  test("answer in this language's shape to its keys, valid or not, and in ours to everybody else", async () => {
    for (const path of ["/v1/nothing", "/api/v1/nothing", "/v1/streams/a/b/c", "/v1/"]) {
      for (const [name, value] of [
        ["x-api-key", key],
        ["authorization", `Bearer ${key}`],
        ["x-api-key", "dlk_wrong"],
      ] as const) {
        const { status, body } = await api.ask(null, "POST", path, {}, { [name]: value });
        expect([path, status, body]).toEqual([
          path,
          404,
          { error: { code: "not_found", message: "There is nothing at this address.", request_id: made } },
        ]);
      }
      const { token } = await createToken(api.store, { projectId: 1, scope: "read", name: "r", at: 0 });
      for (const credential of [null, token]) {
        const { status, body } = await api.ask(credential, "POST", path, {});
        expect([status, body]).toMatchObject([404, { error: { code: "not_found", requestId: made } }]);
      }
    }
    expect((await api.ask(key, "GET", "/api/nothing")).body).toMatchObject({ error: { requestId: made } });
  });

  test("that are no address, or too long, answer alike", async () => {
    for (const url of ["/v1/streams/%zz", `/v1/nothing/${"x".repeat(3_000)}`, `/v1/streams/${"x".repeat(3_000)}/a`]) {
      const mine = await api.app.inject({ url, headers: { "x-api-key": key } });
      expect([mine.statusCode, mine.json()]).toEqual([
        404,
        { error: { code: "not_found", message: made, request_id: made } },
      ]);
      const other = await api.app.inject({ url });
      expect([other.statusCode, other.json()]).toMatchObject([404, { error: { code: "not_found", requestId: made } }]);
    }
    const name = "ü".repeat(200);
    await api.ask(key, "POST", "/v1/streams", { slug: name });
    expect((await api.ask(key, "GET", `/v1/streams/${encodeURIComponent(name)}`)).body["slug"]).toBe(name);
  });

  test("another method gets 405 with those that there are", async () => {
    for (const [method, path, allow] of [
      ["GET", "/v1/detect", "POST"],
      ["PUT", "/api/v1/streams", "GET, POST"],
      ["POST", "/v1/streams/a/anchor", "GET, DELETE"],
      ["POST", "/v1/profiles", "GET"],
    ] as const) {
      const { status, headers, body } = await api.ask(null, method, path);
      expect([path, status, headers.get("allow"), (body["error"] as { code: string }).code]).toEqual([
        path,
        405,
        allow,
        "method_not_allowed",
      ]);
    }
  });
});

test("tells nothing of a failure of ours but the id under which it is logged", async () => {
  api.watch.listStreams = () => Promise.reject(new Error("secret path"));
  const { status, body } = await api.ask(key, "GET", "/v1/streams", undefined, { "x-request-id": "r-9" });
  expect([status, body]).toEqual([
    500,
    { error: { code: "internal", message: "Something failed on our side.", request_id: "r-9" } },
  ]);
  expect(api.logged).toMatchObject([{ fields: { requestId: "r-9" } }]);
});

test("changes are in the audit log, events are not", async () => {
  const audits: { actor: string; action: string; projectId: number | null }[] = [];
  api.store.control.addAudit = async (entry) => void audits.push(entry);
  await api.ask(key, "POST", "/v1/detect", { stream_id: "shop", events: NORMAL });
  await api.ask(key, "PATCH", "/v1/streams/shop/profile", { profile: "strict" });
  expect(audits).toMatchObject([{ actor: "token 1", action: "driftlock.changeProfile", projectId: 1 }]);
});

describe("POST /v1/demo/detect", () => {
  test("judges without a key, keeps nothing, and may be asked ten times a minute", async () => {
    const { status, body } = await api.ask(null, "POST", "/v1/demo/detect", { events: [...NORMAL, ODD] });
    expect([status, body]).toMatchObject([
      200,
      {
        success: true,
        total_events: 11,
        anomaly_count: 1,
        anomalies: [{ index: 10, why: "never seen", metrics: { p_value: 1e-5, ncd: expect.any(Number) as unknown } }],
        status: "ready",
        demo: { remaining_calls: 9, limit_per_minute: 10, max_events_per_request: 1000 },
      },
    ]);
    expect(await api.store.anomalies.listStreams(1, null)).toEqual([]);
    expect((await api.ask(null, "POST", "/api/v1/demo/detect", { events: [] })).status).toBe(400);
    for (let index = 0; index < 8; index++) await api.ask(null, "POST", "/v1/demo/detect", { events: [1] });
    const refused = await api.ask(null, "POST", "/v1/demo/detect", { events: [1] });
    expect(refused).toMatchObject({
      status: 429,
      body: {
        error: {
          code: "rate_limit_exceeded",
          message: expect.stringMatching(/^Demo rate limit exceeded\./) as unknown,
        },
      },
    });
  });

  test("is not there where strangers can reach the server", async () => {
    api.options.driftlock.hasDemo = false;
    const { status, body } = await api.ask(null, "POST", "/v1/demo/detect", { events: [1] });
    expect([status, body["error"]]).toEqual([404, expect.objectContaining({ code: "not_found" })]);
  });
});

describe("probes", () => {
  test.each(["/healthz", "/api/healthz", "/v1/health", "/api/v1/health", "/v1/healthz"])(
    "%s speaks both languages",
    async (path) => {
      expect(await api.ask(null, "GET", path)).toMatchObject({
        status: 200,
        body: {
          status: "ok",
          success: true,
          ok: true,
          library_status: "healthy",
          version: "1.2.3",
          available_algos: expect.arrayContaining(["zstd", "gzip", "zlab"]) as unknown,
          openzl_available: false,
          database: "connected",
          queue: { mode: "journal", pending: 7, capacity: 100 },
          request_id: made,
        },
      });
    },
  );

  test.each([
    ["refuses", () => Promise.reject(new Error("away"))],
    ["never answers", () => new Promise<number>(() => undefined)],
  ])("health stays 200 when the store %s, and says that it is away", async (_how, countUsers) => {
    api.store.control.countUsers = countUsers;
    expect(await api.ask(null, "GET", "/healthz")).toMatchObject({
      status: 200,
      body: { status: "ok", success: false, ok: false, database: "error", error: "The store does not answer." },
    });
  });

  test.each(["/readyz", "/v1/ready", "/api/v1/readyz"])("%s speaks both languages", async (path) => {
    expect((await api.ask(null, "GET", path)).body).toMatchObject({
      status: "ready",
      ready: true,
      database: "connected",
      checks: { store: true, intake: true },
    });
    api.store.control.countUsers = () => Promise.reject(new Error("away"));
    expect(await api.ask(null, "GET", path)).toMatchObject({
      status: 503,
      body: { status: "not ready", ready: false, database: "error", error: "The store does not answer." },
    });
  });

  test.each(["/v1/version", "/api/v1/version"])("%s", async (path) => {
    expect((await api.ask(null, "GET", path)).body).toMatchObject({
      name: "gatewatch",
      version: "1.2.3",
      request_id: made,
    });
  });

  test.each(["/api/metrics", "/v1/metrics", "/api/v1/metrics"])("%s is /metrics", async (url) => {
    const { statusCode, body } = await api.app.inject({ url, headers: { host: "127.0.0.1" } });
    expect(statusCode).toBe(200);
    expect(body).toContain("driftlock_http_requests_total");
  });
});
