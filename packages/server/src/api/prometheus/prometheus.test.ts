import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createToken } from "../../auth/create-credential.ts";
import { seedTraffic, type MinuteOfTraffic } from "../testing/seed-traffic.ts";
import { startServerStandIn, TEST_START, type ServerStandIn } from "../testing/server-stand-in.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** 12:00:00; the clock stands at 12:00:30. */
const NOON = TEST_START - 30_000;

let api: ServerStandIn;
const tokens: Record<string, string> = {};

/** For three hours, each minute: 30 fast products, 6 slow carts, a third of which fails. */
function makeTraffic(): MinuteOfTraffic[] {
  return Array.from({ length: 180 }, (_, index) => NOON - 3 * HOUR + index * MINUTE).flatMap((time) => [
    { time, route: "GET /products/:id", durationsMs: Array.from({ length: 30 }, (_, at) => 10 + at), clientErrors: 3 },
    { time, route: "POST /cart", durationsMs: [200, 200, 200, 200, 400, 400], errors: 2 },
  ]);
}

beforeAll(async () => {
  api = await startServerStandIn();
  const project = await api.store.control.createProject({ name: "Shop", slug: "shop", at: api.time.now });
  const stranger = await api.store.control.createProject({ name: "Other", slug: "other", at: api.time.now });
  await seedTraffic(api.store, project.id, makeTraffic());
  for (const scope of ["ingest", "read", "admin"] as const)
    tokens[scope] = (await createToken(api.store, { name: "t", at: 0, projectId: project.id, scope })).token;
  tokens["stranger"] = (
    await createToken(api.store, { name: "t", at: 0, projectId: stranger.id, scope: "read" })
  ).token;
});
afterAll(() => api.close());

interface Answer {
  status: number;
  body: { status: string; data?: never; errorType?: string; error?: string; warnings?: string[] };
}

async function ask(path: string, parameters: Record<string, string | string[]> = {}, method = "GET"): Promise<Answer> {
  const fields = Object.entries(parameters).flatMap(([name, value]) =>
    [value].flat().map((item): [string, string] => [name, item]),
  );
  const form = new URLSearchParams(fields).toString();
  const isForm = method === "POST";
  const response = await api.fetch(`/api/v1/${path}${isForm || form === "" ? "" : `?${form}`}`, {
    method,
    headers: {
      authorization: `Bearer ${tokens["read"]}`,
      ...(isForm ? { "content-type": "application/x-www-form-urlencoded" } : {}),
    },
    ...(isForm ? { body: form } : {}),
  });
  expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

type Row = { metric: Record<string, string>; value: [number, string]; values: [number, string][] };

/** Labels and value of each series at 12:00, without the job. */
async function query(text: string, time = NOON): Promise<[labels: string, value: number][]> {
  const { status, body } = await ask("query", { query: text, time: String(time / 1000) });
  expect({ text, status, error: body.error }).toEqual({ text, status: 200, error: undefined });
  const { resultType, result } = body.data as unknown as { resultType: string; result: Row[] };
  expect(resultType).toBe("vector");
  return result.map(({ metric, value }) => {
    const { job: _job, ...labels } = metric;
    return [Object.values(labels).join(" "), Number(value[1])];
  });
}

describe("query", () => {
  test("calculates scalars, which data sources are tried with", async () => {
    const time = "1781524800.5";
    expect(await ask("query", { query: "1+1", time }, "POST")).toEqual({
      status: 200,
      body: { status: "success", data: { resultType: "scalar", result: [1781524800.5, "2"] } },
    });
    expect((await ask("query", { query: "1/0" })).body.data).toEqual({
      resultType: "scalar",
      result: [TEST_START / 1000, "+Inf"],
    });
  });

  test("shows rates and increases of the rollups, exact where minutes end", async () => {
    expect(await query("sum(rate(http_requests_total[5m]))")).toEqual([["", expect.closeTo(0.6, 9) as number]]);
    expect(await query("sum by (http_route) (increase(http_requests_total[10m]))")).toEqual([
      ["/cart", 60],
      ["/products/:id", 300],
    ]);
    expect(await query('increase(http_requests_total{http_route="/cart"}[1h])')).toEqual([
      ["POST /cart 4xx", 0],
      ["POST /cart 5xx", 120],
      ["POST /cart other", 240],
    ]);
    expect(await query("sum(increase(http_server_request_duration_seconds_sum[1m]))")).toEqual([
      ["", expect.closeTo(1.6 + 0.735, 6) as number],
    ]);
  });

  test("takes parts of minutes by their length, of the running one too", async () => {
    expect(await query("sum(increase(http_requests_total[1m]))", NOON - 30_000)).toEqual([
      ["", expect.closeTo(36, 6) as number],
    ]);
    expect(await query("sum(increase(http_requests_total[90s]))", NOON)).toEqual([
      ["", expect.closeTo(54, 6) as number],
    ]);
    expect(await query("sum(increase(http_requests_total[1m]))", NOON + 30_000)).toEqual([
      ["", expect.closeTo(18, 6) as number],
    ]);
  });

  test("aggregates by and without labels, over the whole project as over its routes", async () => {
    const counted = "increase(http_server_request_duration_seconds_count[5m])";
    expect(await query(`sum(${counted})`)).toEqual([["", 180]]);
    expect(await query(`sum by (job) (${counted})`)).toEqual([["", 180]]);
    expect(await query(`sum without (http_route) (${counted})`)).toEqual([
      ["GET", 150],
      ["POST", 30],
    ]);
    expect(await query(`avg(${counted})`)).toEqual([["", 90]]);
    expect(await query(`min(${counted})`)).toEqual([["", 30]]);
    expect(await query(`max(${counted})`)).toEqual([["", 150]]);
    expect(await query(`count(${counted})`)).toEqual([["", 2]]);
    expect(await query(`max without (job, http_request_method, http_route) (${counted})`)).toEqual([["", 150]]);
  });

  test("selects by = != =~ !~, absent labels as empty texts", async () => {
    const count = (matchers: string) => query(`count(http_server_request_duration_seconds_count{${matchers}})`);
    expect(await count('http_request_method="GET"')).toEqual([["", 1]]);
    expect(await count('http_request_method!="GET"')).toEqual([["", 1]]);
    expect(await count('http_route=~"/products/.*|/cart"')).toEqual([["", 2]]);
    expect(await count('http_route!~"/prod.*",http_route!=""')).toEqual([["", 1]]);
    expect(await count('http_route="/cart",http_request_method="POST"')).toEqual([["", 1]]);
    expect(await count('job="shop",instance=""')).toEqual([["", 2]]);
    expect(await count('job="other"')).toEqual([]);
    expect(await query('{__name__=~"http_requests_.+",status_class="5xx",http_route="/cart"}')).toEqual([
      ["http_requests_total POST /cart 5xx", 360],
    ]);
    expect(await query("up")).toEqual([]);
  });

  test("finds quantiles within the width of a bucket", async () => {
    const p = async (quantile: number, by = "le") =>
      query(
        `histogram_quantile(${quantile}, sum by (${by}) (rate(http_server_request_duration_seconds_bucket[10m]))) * 1000`,
      );
    const [[, median]] = (await p(0.5)) as [[string, number]];
    expect(median / 27).toBeGreaterThan(0.9);
    expect(median / 27).toBeLessThan(1.1);
    const byRoute = await p(0.99, "le, http_route");
    expect(byRoute.map(([labels]) => labels)).toEqual(["/cart", "/products/:id"]);
    expect(byRoute[0]![1] / 400).toBeGreaterThan(0.75);
    expect(byRoute[0]![1] / 400).toBeLessThan(1.01);
  });

  test("counts buckets as OpenTelemetry bounds them", async () => {
    const bucket = (le: string) => query(`sum(increase(http_server_request_duration_seconds_bucket{le="${le}"}[1m]))`);
    expect(await bucket("0.005")).toEqual([["", 0]]);
    expect(await bucket("0.1")).toEqual([["", 30]]);
    expect(await bucket("0.25")).toEqual([["", 34]]);
    expect(await bucket("10")).toEqual([["", 36]]);
    expect(await bucket("+Inf")).toEqual([["", 36]]);
  });

  test("calculates with numbers on either side", async () => {
    expect(await query("100 * sum(rate(http_requests_total[5m])) / 2 - 1")).toEqual([
      ["", expect.closeTo(29, 9) as number],
    ]);
    expect(await query("1 / sum(rate(http_requests_total[5m]))")).toEqual([["", expect.closeTo(60 / 36, 9) as number]]);
    expect(await query("-sum(increase(http_requests_total[5m])) % 7 ^ 2")).toEqual([["", -(180 % 49)]]);
  });

  test("reads counters from midnight on, and ranges as readings a minute", async () => {
    expect(await query("sum(http_requests_total)")).toEqual([["", 36 * 180]]);
    const { body } = await ask("query", {
      query: 'http_server_request_duration_seconds_count{http_route="/cart"}[3m]',
      time: String(NOON / 1000),
    });
    expect(body.data).toEqual({
      resultType: "matrix",
      result: [
        {
          metric: {
            __name__: "http_server_request_duration_seconds_count",
            http_request_method: "POST",
            http_route: "/cart",
            job: "shop",
          },
          values: [
            [NOON / 1000 - 120, String(178 * 6)],
            [NOON / 1000 - 60, String(179 * 6)],
            [NOON / 1000, String(180 * 6)],
          ],
        },
      ],
    });
  });
});

describe("query_range", () => {
  const range = (text: string, changes: Record<string, string> = {}, method = "POST") =>
    ask(
      "query_range",
      { query: text, start: String((NOON - HOUR) / 1000), end: String(NOON / 1000), step: "600", ...changes },
      method,
    );

  test.each(["GET", "POST"])("answers a matrix by %s", async (method) => {
    const { body } = await range("sum by (http_request_method) (rate(http_requests_total[10m]))", {}, method);
    const times = Array.from({ length: 7 }, (_, step) => (NOON - HOUR) / 1000 + step * 600);
    expect(body).toEqual({
      status: "success",
      data: {
        resultType: "matrix",
        result: [
          { metric: { http_request_method: "GET" }, values: times.map((time) => [time, "0.5"]) },
          { metric: { http_request_method: "POST" }, values: times.map((time) => [time, "0.1"]) },
        ],
      },
    });
  });

  test("takes RFC 3339 and durations, and shows scalars as a series without labels", async () => {
    const times = { start: new Date(NOON).toISOString(), end: new Date(NOON + 30_000).toISOString(), step: "15s" };
    expect((await range("2", times)).body.data).toEqual({
      resultType: "matrix",
      result: [{ metric: {}, values: [0, 15, 30].map((seconds) => [NOON / 1000 + seconds, "2"]) }],
    });
  });

  test("refuses the readings of a range that would be too many for one answer", async () => {
    const { status, body } = await ask("query", { query: '{__name__=~".+"}[60d]', time: String(NOON / 1000) });
    expect([status, body.error]).toEqual([422, expect.stringContaining("too many samples") as string]);
  });

  test("begins before there was anything, and ends after now", async () => {
    const { body } = await range("sum(increase(http_requests_total[1h]))", {
      start: String((NOON - 5 * HOUR) / 1000),
      end: String((NOON + 2 * HOUR) / 1000),
      step: "3600",
    });
    const [row] = (body.data as unknown as { result: Row[] }).result;
    expect(row!.values.map(([, value]) => Number(value))).toEqual([0, 0, 0, 2160, 2160, 2160, 0, 0]);
  });

  test.each<[Record<string, string>, string]>([
    [{ step: "0" }, 'invalid parameter "step": zero or negative query resolution step widths are not accepted'],
    [{ step: "x" }, 'invalid parameter "step": cannot parse "x" to a valid duration'],
    [{ step: "" }, 'invalid parameter "step"'],
    [{ start: "x" }, 'invalid parameter "start": cannot parse "x" to a valid timestamp'],
    [{ start: "1e300" }, 'invalid parameter "start"'],
    [{ end: "0" }, 'invalid parameter "end": end timestamp must not be before start time'],
    [{ step: "0.1" }, "exceeded maximum resolution of 11,000 points per timeseries"],
    [{ query: "http_requests_total[5m]" }, 'invalid expression type "range vector" for range query'],
    [{ query: "" }, 'invalid parameter "query": unknown position: parse error: no expression found in input'],
    [{ query: "topk(1, up)" }, "the aggregation `topk` is not supported"],
  ])("refuses %j with 400 bad_data", async (changes, message) => {
    const { status, body } = await range("1", changes);
    expect(body).toEqual({
      status: "error",
      errorType: "bad_data",
      error: expect.stringContaining(message) as string,
    });
    expect(status).toBe(400);
  });

  test("refuses what would read too much with 422 execution", async () => {
    const { status, body } = await range('{__name__=~".+"}', {
      start: String(NOON / 1000 - 10_000),
      step: "1",
    });
    expect(status).toBe(422);
    expect(body).toMatchObject({ status: "error", errorType: "execution" });
  });

  test("a span of thousands of years costs what is kept", async () => {
    const { status } = await range("sum(rate(http_requests_total[5m]))", {
      start: "-8640000000000",
      end: "8640000000000",
      step: "86400000000",
    });
    expect(status).toBe(200);
  });
});

describe("what there is", () => {
  const ROUTES = ["/cart", "/products/:id"];
  test.each<[string, Record<string, string | string[]>, unknown]>([
    [
      "label/__name__/values",
      { start: "0", end: "2000000000" },
      [
        "http_requests_total",
        "http_server_request_duration_seconds_bucket",
        "http_server_request_duration_seconds_count",
        "http_server_request_duration_seconds_sum",
      ],
    ],
    ["label/http_route/values", {}, ROUTES],
    ["label/http_route/values", { "match[]": 'http_requests_total{http_request_method="POST"}' }, ["/cart"]],
    ["label/http_route/values", { "match[]": ['{http_route="/cart"}', '{http_route=~"/prod.+"}'] }, ROUTES],
    ["label/status_class/values", { "match[]": "http_requests_total" }, ["4xx", "5xx", "other"]],
    ["label/job/values", {}, ["shop"]],
    ["label/instance/values", {}, []],
    ["label/http_route/values", { end: String((NOON - 5 * HOUR) / 1000) }, []],
    ["labels", {}, ["__name__", "http_request_method", "http_route", "job", "le", "status_class"]],
    [
      "labels",
      { "match[]": "http_server_request_duration_seconds_sum" },
      ["__name__", "http_request_method", "http_route", "job"],
    ],
    [
      "series",
      { "match[]": 'http_server_request_duration_seconds_count{http_route="/cart"}' },
      [
        {
          __name__: "http_server_request_duration_seconds_count",
          http_request_method: "POST",
          http_route: "/cart",
          job: "shop",
        },
      ],
    ],
    [
      "metadata",
      {},
      {
        http_requests_total: [{ type: "counter", help: "Answered HTTP requests by class of status.", unit: "" }],
        http_server_request_duration_seconds: [
          { type: "histogram", help: "Duration of HTTP server requests.", unit: "seconds" },
        ],
      },
    ],
    ["metadata", { metric: "none" }, {}],
    [
      "status/buildinfo",
      {},
      {
        version: "2.45.0",
        revision: "gatewatch 1.2.3",
        branch: "HEAD",
        buildUser: "gatewatch",
        buildDate: "",
        goVersion: "",
      },
    ],
  ])("GET %s %j", async (path, parameters, data) => {
    expect(await ask(path, parameters)).toEqual({ status: 200, body: { status: "success", data } });
  });

  test.each(["series", "labels"])("%s takes a form too", async (path) => {
    const parameters = { "match[]": "http_requests_total" };
    expect(await ask(path, parameters, "POST")).toEqual(await ask(path, parameters));
  });

  test("limits are kept, and told", async () => {
    expect((await ask("label/http_route/values", { limit: "1" })).body).toEqual({
      status: "success",
      data: ["/cart"],
      warnings: ["results truncated due to limit"],
    });
    const { body } = await ask("series", { "match[]": '{job="shop"}', limit: "3" });
    expect(body.data).toHaveLength(3);
    expect(body.warnings).toEqual(["results truncated due to limit"]);
  });

  test.each([
    ["series", {}, "no match[] parameter provided"],
    ["series", { "match[]": "rate(a[5m])" }, "is no selector of series"],
    ["labels", { start: "2", end: "1" }, "end timestamp must not be before start time"],
    ["label/a-b/values", {}, 'invalid label name: "a-b"'],
    ["labels", { limit: "-1" }, 'invalid parameter "limit"'],
  ])("%s refuses %j", async (path, parameters, message) => {
    const { status, body } = await ask(path, parameters as Record<string, string>);
    expect(status).toBe(400);
    expect(body.error).toContain(message);
  });
});

describe("who may ask", () => {
  const call = (headers: Record<string, string>, init: RequestInit = {}) =>
    api.fetch("/api/v1/query?query=sum(http_requests_total)", { ...init, headers });
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });

  test("a read token as bearer or as a password, and an admin's", async () => {
    const bodies = await Promise.all(
      [
        { authorization: `Bearer ${tokens["read"]}` },
        basic(`grafana:${tokens["read"]}`),
        basic(`:${tokens["admin"]}`),
      ].map(async (headers) => (await call(headers)).json()),
    );
    for (const body of bodies) expect(body).toMatchObject({ status: "success", data: { result: [{ metric: {} }] } });
  });

  test("a stranger's token sees its own project alone", async () => {
    const body = await (await call(basic(`x:${tokens["stranger"]}`))).json();
    expect(body).toMatchObject({ status: "success", data: { result: [] } });
  });

  test.each<[string, () => Record<string, string>, number, string]>([
    ["nobody", () => ({}), 401, "unauthorized"],
    ["a wrong token", () => ({ authorization: "Bearer gatewatch_rd_wrong" }), 401, "unauthorized"],
    ["no password", () => basic("x"), 401, "unauthorized"],
    ["broken basic", () => ({ authorization: "Basic !!!" }), 401, "unauthorized"],
    ["a token for sending", () => basic(`x:${tokens["ingest"]}`), 403, "forbidden"],
  ])("not %s", async (_name, headers, status, errorType) => {
    const response = await call(headers());
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status: "error", errorType });
    const wanted = status === 401 ? 'Bearer, Basic realm="gatewatch"' : null;
    expect(response.headers.get("www-authenticate")).toBe(wanted);
  });

  test("a browser's session is no credential here", async () => {
    const { headers } = await api.signIn("admin");
    expect((await call(headers)).status).toBe(401);
  });

  test("bodies of another type or size are refused in Prometheus' shape", async () => {
    for (const [type, body] of [
      ["application/json", "{}"],
      ["application/x-www-form-urlencoded", "query=".padEnd(100_000, "1")],
    ] as const) {
      const headers = { authorization: `Bearer ${tokens["read"]}`, "content-type": type };
      const response = await api.fetch("/api/v1/query", { method: "POST", headers, body });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ status: "error", errorType: "bad_data" });
    }
  });
});
