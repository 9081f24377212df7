import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createToken } from "../../auth/create-credential.ts";
import { seedTraffic } from "../testing/seed-traffic.ts";
import { startServerStandIn, TEST_START, type ServerStandIn } from "../testing/server-stand-in.ts";

/** What Grafana's built-in Prometheus data source sends, from its settings page to a dashboard with its variables. */

const END = Math.floor(TEST_START / 1000);
const START = END - 3600;
const P95 =
  'histogram_quantile(0.95, sum by(le, http_route) (rate(http_server_request_duration_seconds_bucket{job=~"shop|other"}[1m0s])))';
const FORM = { "content-type": "application/x-www-form-urlencoded" };

type Request = [what: string, method: "GET" | "POST", path: string, form: string, shape: unknown];

const vector = { resultType: "vector", result: expect.any(Array) as unknown };
const matrix = { resultType: "matrix", result: expect.any(Array) as unknown };
const texts = expect.arrayContaining([expect.any(String)]) as unknown;

const REQUESTS: Request[] = [
  ["which product it is", "GET", "/api/v1/status/buildinfo", "", expect.objectContaining({ version: "2.45.0" })],
  [
    "the test of the settings page",
    "POST",
    "/api/v1/query",
    `query=1%2B1&time=${END}`,
    { resultType: "scalar", result: [END, "2"] },
  ],
  ["the metrics browser", "GET", `/api/v1/label/__name__/values?start=${START}&end=${END}&limit=40000`, "", texts],
  ["help texts", "GET", "/api/v1/metadata?limit=40000&limit_per_metric=1", "", expect.any(Object)],
  ["names of labels", "GET", `/api/v1/labels?start=${START}&end=${END}&match%5B%5D=http_requests_total`, "", texts],
  [
    "names of labels, by form",
    "POST",
    "/api/v1/labels",
    `start=${START}&end=${END}&match%5B%5D=%7B__name__%3D%22http_requests_total%22%7D`,
    texts,
  ],
  [
    "a variable's values",
    "GET",
    `/api/v1/label/http_route/values?match%5B%5D=http_requests_total%7Bjob%3D%22shop%22%7D&start=${START}&end=${END}`,
    "",
    ["/cart", "/products/:id"],
  ],
  [
    "a variable's series",
    "POST",
    "/api/v1/series",
    `match%5B%5D=http_requests_total%7Bhttp_route%3D%22%2Fcart%22%7D&start=${START}&end=${END}`,
    expect.arrayContaining([expect.objectContaining({ __name__: "http_requests_total", http_route: "/cart" })]),
  ],
  [
    "a panel",
    "POST",
    "/api/v1/query_range",
    `end=${END}&query=sum(rate(http_requests_total%7Bstatus_class%3D~%225..%22%7D%5B1m0s%5D))+by+(http_route)&start=${START}&step=15`,
    matrix,
  ],
  [
    "a panel by GET",
    "GET",
    `/api/v1/query_range?end=${END}&query=${encodeURIComponent(P95)}&start=${START}&step=15`,
    "",
    matrix,
  ],
  [
    "a panel of several regexes",
    "POST",
    "/api/v1/query_range",
    `end=${END}&query=${encodeURIComponent('avg without(le) (increase({__name__=~"http_.+_count",http_route!~"(?i)/health.*|/metrics"}[5m])) * 60')}&start=${START}&step=60`,
    matrix,
  ],
  ["a number", "POST", "/api/v1/query", `query=${encodeURIComponent(P95)}&time=${END}`, vector],
  [
    "an alert's query",
    "POST",
    "/api/v1/query",
    `query=${encodeURIComponent("100 * sum(increase(http_requests_total[5m]))")}&time=${END}.5`,
    vector,
  ],
];

let api: ServerStandIn;
let token: string;

beforeAll(async () => {
  api = await startServerStandIn();
  const project = await api.store.control.createProject({ name: "Shop", slug: "shop", at: api.time.now });
  const minutes = Array.from({ length: 60 }, (_, index) => TEST_START - (index + 1) * 60_000);
  await seedTraffic(
    api.store,
    project.id,
    minutes.flatMap((time) => [
      { time, route: "GET /products/:id", durationsMs: [10, 20, 30] },
      { time, route: "POST /cart", durationsMs: [200], errors: 1 },
    ]),
  );
  ({ token } = await createToken(api.store, { name: "grafana", at: 0, projectId: project.id, scope: "read" }));
});
afterAll(() => api.close());

describe("Grafana's data source", () => {
  test.each(REQUESTS)("gets %s (%s %s)", async (_what, method, path, form, shape) => {
    const authorization = `Basic ${Buffer.from(`gatewatch:${token}`).toString("base64")}`;
    const response = await api.fetch(path, {
      method,
      headers: {
        authorization,
        "user-agent": "Grafana/12.1.0",
        "accept-encoding": "gzip",
        ...(form === "" ? {} : FORM),
      },
      ...(form === "" ? {} : { body: form }),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await response.json()).toEqual({ status: "success", data: shape });
  });

  test("draws numbers, not gaps: every step of a panel has a value", async () => {
    const form = `end=${END}&query=${encodeURIComponent(P95)}&start=${START + 120}&step=15`;
    const response = await api.fetch("/api/v1/query_range", {
      method: "POST",
      headers: { ...FORM, authorization: `Bearer ${token}` },
      body: form,
    });
    const { data } = (await response.json()) as {
      data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
    };
    expect(data.result.map(({ metric, values }) => [metric, values.length])).toEqual([
      [{ http_route: "/cart" }, 233],
      [{ http_route: "/products/:id" }, 233],
    ]);
    const cart = data.result[0]!.values.map(([, value]) => Number(value)).filter(
      (value) => value < 0.15 || value > 0.21,
    );
    expect(cart).toEqual([]);
  });
});
