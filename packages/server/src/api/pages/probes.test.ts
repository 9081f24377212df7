import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createToken } from "../../auth/create-credential.ts";
import { startServerStandIn, type ServerStandIn } from "../testing/server-stand-in.ts";
import { formatMetrics } from "./format-metrics.ts";

let api: ServerStandIn;
let reason: string | null;
beforeEach(async () => {
  reason = null;
  api = await startServerStandIn({ whyNotReady: () => reason });
});
afterEach(() => api.close());

test("/healthz is good as long as the process answers", async () => {
  reason = "The disk is full.";
  expect((await api.fetch("/healthz")).status).toBe(200);
});

test("/readyz says why the server cannot take events", async () => {
  expect((await api.fetch("/readyz")).status).toBe(200);
  reason = "The disk is full.";
  const refused = await api.fetch("/readyz");
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ status: "not ready", reason: "The disk is full." });
  api.store.control.countUsers = () => Promise.reject(new Error("secret path"));
  expect(await (await api.fetch("/readyz")).json()).toMatchObject({ reason: "The store does not answer." });
});

describe("/metrics", () => {
  const from = (remoteAddress: string, headers: Record<string, string> = {}) =>
    api.app.inject({ url: "/metrics", remoteAddress, headers: { host: "127.0.0.1:4400", ...headers } });
  const bearer = async (scope: "ingest" | "read") => ({
    authorization: `Bearer ${(await createToken(api.store, { projectId: 1, scope, name: "m", at: 0 })).token}`,
  });

  test("is open to this machine", async () => {
    const answer = await from("127.0.0.1");
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(answer.body).toContain("\ngatewatch_intake_accepted_events_total 7\n");
    expect(answer.body).toContain('\ngatewatch_dropped_events_total{where="client",reason="queue_full"} 4\n');
    expect(answer.body).toContain('gatewatch_build_info{version="1.2.3",store="sqlite"} 1\n');
  });

  test.each([
    ["10.0.0.5", {}],
    ["127.0.0.1", { "x-forwarded-for": "203.0.113.9" }],
    ["127.0.0.1", { forwarded: "for=203.0.113.9" }],
    ["127.0.0.1", { host: "rebound.example" }],
  ])("beyond it needs a token (%s %j)", async (address, headers) => {
    expect((await from(address, headers as Record<string, string>)).statusCode).toBe(401);
  });

  test("takes a token in the places that Driftlock has for it", async () => {
    const token = (await bearer("read")).authorization.slice("Bearer ".length);
    expect((await from("10.0.0.5", { "x-metrics-token": token })).statusCode).toBe(200);
    expect((await from("127.0.0.1", { "x-metrics-token": "wrong" })).statusCode).toBe(401);
    const inject = (url: string) => api.app.inject({ url, remoteAddress: "10.0.0.5" });
    expect((await inject(`/metrics?token=${token}`)).statusCode).toBe(200);
    expect((await inject("/metrics?token=wrong")).statusCode).toBe(401);
  });

  test("counts what the server has answered, under its own names and Driftlock's", async () => {
    await api.fetch("/healthz");
    await api.fetch("/nothing", { method: "POST" });
    const { body } = await from("127.0.0.1");
    for (const prefix of ["gatewatch", "driftlock"]) {
      expect(body).toContain(`\n${prefix}_http_requests_total{method="GET",status="200"} 1\n`);
      expect(body).toContain(`\n${prefix}_http_requests_total{method="POST",status="404"} 1\n`);
      expect(body).toContain(`\n# TYPE ${prefix}_http_request_duration_seconds histogram\n`);
      expect(body).toContain(`\n${prefix}_http_request_duration_seconds_bucket{le="+Inf"} 2\n`);
      expect(body).toContain(`\n${prefix}_http_request_duration_seconds_count 2\n`);
    }
    expect(body).toContain("\ndriftlock_detection_latency_seconds_count 0\n");
    expect(body).toContain("\ndriftlock_anomalies_total 0\n");
    expect(body).toContain("\ndriftlock_events_dropped_total 4\n");
  });

  test("takes a read token from anywhere, and no ingest token", async () => {
    expect((await from("10.0.0.5", await bearer("read"))).statusCode).toBe(200);
    expect((await from("10.0.0.5", await bearer("ingest"))).statusCode).toBe(403);
    expect((await from("127.0.0.1", await bearer("ingest"))).statusCode).toBe(403);
  });
});

test("formatMetrics() escapes help and labels, and writes infinities as Prometheus reads them", () => {
  const text = formatMetrics([
    {
      name: "a_total",
      type: "counter",
      help: "line\none \\ two",
      samples: [{ labels: { reason: 'quote " back \\ line\n' }, value: 1 }, { value: Number.POSITIVE_INFINITY }],
    },
  ]);
  expect(text).toBe(
    '# HELP a_total line\\none \\\\ two\n# TYPE a_total counter\na_total{reason="quote \\" back \\\\ line\\n"} 1\na_total +Inf\n',
  );
});
