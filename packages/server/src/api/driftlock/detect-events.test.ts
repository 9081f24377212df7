import { afterEach, beforeEach, expect, test } from "vitest";
import { makeStreamUuid } from "../../model/stream-uuid.ts";
import {
  NORMAL,
  ODD,
  startDriftlockStandIn,
  type Answer,
  type DriftlockStandIn,
} from "./testing/driftlock-stand-in.ts";

let api: DriftlockStandIn;
let key: string;
beforeEach(async () => {
  api = await startDriftlockStandIn();
  key = await api.makeKey("ingest");
});
afterEach(() => api.close());

const detect = (events: unknown, more: object = {}, headers: Record<string, string> = {}): Promise<Answer> =>
  api.ask(key, "POST", "/v1/detect", { stream_id: "shop", events, ...more }, headers);
const seen = async (): Promise<unknown> =>
  (await api.watch.getStream({ projectId: 1, kind: "event", stream: "shop", measure: null }))?.seen;

test("is calibrating until it knows enough, and then names the odd event with its p-value, its figures and its reason", async () => {
  const young = await detect(NORMAL.slice(0, 4));
  expect(young).toMatchObject({
    status: 200,
    body: {
      success: true,
      stream_id: makeStreamUuid(1, "shop"),
      total_events: 4,
      anomaly_count: 0,
      anomalies: [],
      compression_algo: "zstd",
      status: "calibrating",
      detection_ready: false,
      detection_events_needed: 6,
      calibration: { events_ingested: 4, events_needed: 6, min_baseline_size: 10, progress_percent: 40 },
    },
  });
  await detect(NORMAL);
  const { body } = await detect([NORMAL[0], ODD]);
  expect(body).toMatchObject({
    status: "ready",
    detection_ready: true,
    detection_events_needed: 0,
    anomaly_count: 1,
    significance_level: 1e-3,
    drift: { drift_detected: false, drift_evidence: 0.5, drift_threshold: 0.35 },
  });
  expect(body["calibration"]).toBeUndefined();
  const [anomaly] = body["anomalies"] as Record<string, unknown>[];
  expect(anomaly).toMatchObject({
    id: expect.stringMatching(/^[\da-f-]{36}$/) as unknown,
    index: 1,
    detected: true,
    block: true,
    why: "never seen",
    event: ODD,
    findings: [{ field: "body.item" }],
  });
  const { metrics } = anomaly as { metrics: Record<string, number> };
  expect(metrics).toMatchObject({
    p_value: 1e-5,
    confidence: 1 - 1e-5,
    confidence_level: 1 - 1e-5,
    is_statistically_significant: true,
    is_anomaly: true,
    explanation: "never seen",
  });
  for (const name of ["ncd", "compression_ratio", "baseline_entropy", "compression_ratio_change", "entropy_change"])
    expect([name, typeof metrics[name]]).toEqual([name, "number"]);
  expect(metrics["NCD"]).toBeUndefined();
});

test("writes the metrics by their older names too when it is told to", async () => {
  await api.close();
  const driftlock = { requestsPerSecond: 600, pascalCase: true, hasDemo: true, backlog: () => null };
  api = await startDriftlockStandIn({ driftlock });
  key = await api.makeKey("ingest");
  await detect(NORMAL);
  const { body } = await detect([ODD]);
  const [{ metrics }] = body["anomalies"] as [{ metrics: Record<string, unknown> }];
  expect(metrics).toMatchObject({
    p_value: 1e-5,
    PValue: 1e-5,
    NCD: metrics["ncd"],
    ConfidenceLevel: 1 - 1e-5,
    IsStatisticallySignificant: true,
    IsAnomaly: true,
    CompressionRatioChange: metrics["compression_ratio_change"],
    RecommendedNCDThreshold: metrics["recommended_ncd_threshold"],
    DataStabilityScore: metrics["data_stability_score"],
  });
});

test("takes a request's own level, measures as it is told, and says which settings decided nothing", async () => {
  await detect(NORMAL);
  const strict = await detect([ODD], { config_override: { p_value_threshold: 1e-6 } });
  expect(strict.body).toMatchObject({ anomalies: [], significance_level: 1e-6 });
  const { body } = await detect([ODD], {
    config_override: {
      compressor: "openzl",
      window_size: 20,
      baseline_size: 100,
      ncd_threshold: 0.9,
      permutation_count: 5,
    },
  });
  expect(body).toMatchObject({
    anomaly_count: 1,
    compression_algo: "zstd",
    fallback_from_algo: "openzl",
    config_override: {
      decided: [],
      figures_only: ["compressor", "baseline_size", "window_size", "ncd_threshold"],
      without_effect: ["permutation_count"],
    },
  });
  expect((await detect([NORMAL[0]], { profile: "strict" })).body["significance_level"]).toBe(1e-4);
  expect((await detect([NORMAL[0]], { config_override: { compressor: "zlab" } })).body["compression_algo"]).toBe(
    "zlab",
  );
});

test("gives a repeated request its first answer, and learns nothing twice", async () => {
  await detect(NORMAL);
  const id = { "x-request-id": "retry-1" };
  const first = await detect([ODD], {}, id);
  expect(first.headers.get("x-request-id")).toBe("retry-1");
  const again = await detect([ODD], {}, id);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get("idempotent-replayed")).toBe("true");
  expect(await seen()).toBe(11);
  const other = await detect([NORMAL[1]], {}, id);
  expect(other.body["anomaly_count"]).toBe(0);
  const unnamed = [await detect([NORMAL[1]]), await detect([NORMAL[1]])];
  expect(unnamed.map(({ status }) => status)).toEqual([200, 200]);
  expect(await seen()).toBe(14);
  api.time.now += 11 * 60_000;
  expect((await detect([ODD], {}, id)).headers.get("idempotent-replayed")).toBeNull();
});

test("gives two attempts at once one judgement", async () => {
  const id = { "x-request-id": "at-once" };
  const answers = await Promise.all([detect(NORMAL, {}, id), detect(NORMAL, {}, id)]);
  expect(answers[0]!.body["batch_id"]).toBe(answers[1]!.body["batch_id"]);
  expect(await seen()).toBe(10);
});

test("does not judge an event again that has a name, and tells what came of it", async () => {
  await detect(NORMAL);
  const named = { ...ODD, idempotency_key: "order-1" };
  const first = await detect([named, named]);
  expect(first.body).toMatchObject({ total_events: 2, anomaly_count: 1 });
  const again = await detect([NORMAL[0], named]);
  expect(again.body).toMatchObject({ anomaly_count: 1, anomalies: [{ index: 1, why: "never seen" }] });
  expect(await seen()).toBe(12);
});

test("judges an event once that comes again under its name while it is being judged", async () => {
  await detect(NORMAL);
  const named = { ...ODD, idempotency_key: "order-2" };
  const answers = await Promise.all([detect([named]), detect([NORMAL[0], named]), detect([named])]);
  expect(answers.map(({ body }) => body["anomaly_count"])).toEqual([1, 1, 1]);
  expect(await seen()).toBe(12);
});

test("judges a named event at its retry when it could not be judged", async () => {
  await detect(NORMAL);
  const named = { ...ODD, idempotency_key: "order-3" };
  const { judgeInDetail } = api.watch;
  api.watch.judgeInDetail = () => Promise.reject(new Error("the store is away"));
  const failed = await Promise.all([detect([named]), detect([named])]);
  expect(failed.map(({ status }) => status)).toEqual([500, 500]);
  api.watch.judgeInDetail = judgeInDetail;
  expect((await detect([named])).body["anomaly_count"]).toBe(1);
});

test("compares an event with those before the request alone", async () => {
  await detect(NORMAL);
  const orders: (readonly string[])[] = [];
  const { measureCompression } = api.watch;
  api.watch.measureCompression = (baseline, ...rest) => {
    orders.push(baseline);
    return measureCompression(baseline, ...rest);
  };
  await detect([{ ...NORMAL[0], late: true }, ODD], {
    config_override: { baseline_size: 10, window_size: 1, hop_size: 1 },
  });
  expect(orders[0]).toEqual(NORMAL.map((event) => JSON.stringify(event)));
});

test("forgets a request that failed, so that its retry is judged", async () => {
  const { takeTokens } = api.shared;
  api.shared.takeTokens = async (name, ...rest) =>
    name.startsWith("detect:") ? { ok: false, retryAfterMs: 1500 } : takeTokens(name, ...rest);
  const id = { "x-request-id": "failed" };
  const refused = await detect(NORMAL, {}, id);
  expect([refused.status, refused.headers.get("retry-after"), refused.body["error"]]).toEqual([
    429,
    "2",
    expect.objectContaining({ code: "rate_limit_exceeded", retry_after_seconds: 2, request_id: "failed" }),
  ]);
  api.shared.takeTokens = takeTokens;
  expect((await detect(NORMAL, {}, id)).status).toBe(200);
});

test("reads what Python writes, events that are no objects, and events without a stream", async () => {
  const python = '{"events":[{"body":{"amount":NaN}},"a line",7]}';
  expect((await api.ask(key, "POST", "/v1/detect", python)).body).toMatchObject({
    total_events: 3,
    stream: "default",
  });
});

test("keeps no secret of an event, and shows none", async () => {
  await detect(NORMAL);
  const { body } = await detect([{ ...ODD, password: "planted-secret" }]);
  expect(JSON.stringify(body)).not.toContain("planted-secret");
  await api.watch.turn();
  const { anomalies } = await api.store.anomalies.query({ projectId: 1, limit: 9 });
  expect(JSON.stringify(await api.store.anomalies.get(1, anomalies[0]!.id))).not.toContain("planted-secret");
});

test("takes events without telling of each, and by the stream's id as by its slug", async () => {
  await detect(NORMAL);
  const path = `/api/v1/streams/${makeStreamUuid(1, "shop")}/events`;
  expect(await api.ask(key, "POST", path, { events: [ODD] })).toMatchObject({
    status: 202,
    body: { success: true, accepted: 1, stream_id: makeStreamUuid(1, "shop") },
  });
  const retry = { "x-request-id": "events-1" };
  const answers = [
    await api.ask(key, "POST", path, { events: [ODD] }, retry),
    await api.ask(key, "POST", path, { events: [ODD] }, retry),
  ];
  expect(answers.map(({ status, headers }) => [status, headers.get("idempotent-replayed")])).toEqual([
    [202, null],
    [202, "true"],
  ]);
  expect(await seen()).toBe(12);
});
