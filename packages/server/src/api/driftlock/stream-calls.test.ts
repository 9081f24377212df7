import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createToken } from "../../auth/create-credential.ts";
import { makeStreamUuid } from "../../model/stream-uuid.ts";
import { NORMAL, startDriftlockStandIn, type DriftlockStandIn } from "./testing/driftlock-stand-in.ts";

let api: DriftlockStandIn;
let key: string;
const SHOP = { projectId: 1, kind: "event", stream: "shop", measure: null } as const;
beforeEach(async () => {
  api = await startDriftlockStandIn();
  key = await api.makeKey("admin");
  await api.ask(key, "POST", "/v1/detect", { stream_id: "shop", events: NORMAL.slice(0, 4) });
});
afterEach(() => api.close());

const call = (method: string, path: string, body?: unknown) => api.ask(key, method, path, body);

describe("streams", () => {
  test("are listed, made, and found by slug and by id", async () => {
    const made = await call("POST", "/v1/streams", { slug: "logs", stream_type: "logs", detection_profile: "strict" });
    expect(made).toMatchObject({
      status: 201,
      body: { success: true, stream: { slug: "logs", detection_profile: "strict" } },
    });
    expect((await call("POST", "/v1/streams", { slug: "logs" })).status).toBe(409);
    const { body } = await call("GET", "/api/v1/streams");
    expect([body["total"], (body["streams"] as { slug: string }[]).map(({ slug }) => slug).toSorted()]).toEqual([
      2,
      ["logs", "shop"],
    ]);
    for (const id of ["shop", makeStreamUuid(1, "shop")])
      expect(await call("GET", `/v1/streams/${id}`)).toMatchObject({
        status: 200,
        body: { id: makeStreamUuid(1, "shop"), slug: "shop", status: "calibrating", events_ingested: 4 },
      });
    expect((await call("GET", "/v1/streams/nowhere")).status).toBe(404);
  });

  test.each([
    [{}],
    [{ slug: 1 }],
    [{ slug: "x".repeat(201) }],
    [{ slug: makeStreamUuid(1, "a") }],
    [{ slug: "a", detection_profile: "auto" }],
  ])("are not made of %j", async (body) => {
    expect((await call("POST", "/v1/streams", body)).status).toBe(400);
  });
});

describe("profiles", () => {
  test("are told to anybody: the false-alarm rates, and the marks that figures are shown beside", async () => {
    const { body } = await api.ask(null, "GET", "/v1/profiles");
    expect(body).toMatchObject({
      profiles: {
        sensitive: { name: "sensitive", pvalue_threshold: 1e-2, ncd_threshold: 0.2 },
        balanced: { pvalue_threshold: 1e-3, ncd_threshold: 0.3 },
        strict: { pvalue_threshold: 1e-4, ncd_threshold: 0.45 },
      },
    });
  });

  test("are changed, and what was changed stands in the history", async () => {
    const changed = await call("PATCH", "/v1/streams/shop/profile", { profile: "strict", auto_tune_enabled: true });
    expect(changed.body).toMatchObject({ success: true, message: "Profile updated" });
    expect((await call("GET", "/v1/streams/shop/profile")).body).toMatchObject({
      profile: "strict",
      auto_tune_enabled: true,
      adaptive_window_enabled: false,
      current_thresholds: { pvalue_threshold: 1e-4 },
      profile_descriptions: { balanced: { name: "balanced" } },
    });
    expect((await call("GET", "/v1/streams/shop/tuning")).body).toMatchObject({
      current_settings: { profile: "strict", pvalue_threshold: 1e-4 },
      tune_history: [
        { tune_type: "level", old_value: 1e-3, new_value: 1e-4 },
        { tune_type: "autoTune", old_value: false, new_value: true },
        { tune_type: "profile", old_value: "balanced", new_value: "strict", reason: "set by a client" },
      ],
      feedback_stats: { total_feedback: 0, false_positive_rate: null },
    });
  });

  test.each([[{}], [{ profile: "custom" }], [{ auto_tune_enabled: "yes" }]])("are not changed by %j", async (body) => {
    expect((await call("PATCH", "/v1/streams/shop/profile", body)).status).toBe(400);
  });
});

describe("anchors", () => {
  const get = async (path = "") => (await call("GET", `/v1/streams/shop/anchor${path}`)).body;

  test("are frozen when a stream is ready, and measured against in each answer", async () => {
    expect(await get()).toMatchObject({ anchor_enabled: true, has_active_anchor: false, drift_ncd_threshold: 0.35 });
    expect(await get("/details")).toMatchObject({ anchor: null, message: "The stream has no active anchor." });
    await call("POST", "/v1/detect", { stream_id: "shop", events: NORMAL });
    const { anchor_id: id, has_active_anchor: isActive } = await get();
    expect(isActive).toBe(true);
    const { body } = await call("POST", "/v1/detect", { stream_id: "shop", events: [NORMAL[0]] });
    expect(body["drift"]).toMatchObject({
      anchor_id: id,
      drift_score: expect.any(Number) as unknown,
      drift_detected: false,
      baseline_events: 14,
      window_events: 15,
      decided_by: "evidence",
    });
    expect(await get("/details")).toMatchObject({
      anchor: {
        id,
        stream_id: makeStreamUuid(1, "shop"),
        compressor: "zstd",
        event_count: 14,
        is_active: true,
        baseline_entropy: expect.any(Number) as unknown,
      },
    });
  });

  test("are set anew by people when the stream is ready, or by force, without the events' secrets", async () => {
    const events = NORMAL.map((event) => ({ ...event, password: "planted-secret" }));
    expect(await call("POST", "/v1/streams/shop/reset-anchor", { events })).toMatchObject({
      status: 412,
      body: {
        success: false,
        error: "stream_not_calibrated",
        calibration: { events_ingested: 4, min_baseline_size: 10, progress_percent: 40 },
      },
    });
    const set = await call("POST", "/v1/streams/shop/reset-anchor", { events, force_reset: true });
    expect(set).toMatchObject({ status: 200, body: { success: true, anchor_id: expect.any(String) as unknown } });
    const stored = await api.store.anomalies.getAnchor(SHOP);
    expect(JSON.stringify(stored)).toContain("book");
    expect(JSON.stringify(stored)).not.toContain("planted-secret");
    expect((await call("GET", "/v1/streams/shop/tuning")).body["tune_history"]).toMatchObject([
      { tune_type: "anchor", old_value: null, new_value: set.body["anchor_id"] },
    ]);
    expect((await call("POST", "/v1/streams/shop/reset-anchor", { events: [1], force_reset: true })).status).toBe(400);
    expect((await call("POST", "/v1/streams/shop/reset-anchor", { force_reset: true })).status).toBe(400);
  });

  test("go with their stream", async () => {
    await call("POST", "/v1/detect", { stream_id: "shop", events: NORMAL });
    const { token } = await createToken(api.store, { projectId: 1, scope: "admin", name: "a", at: 0 });
    const headers = { authorization: `Bearer ${token}` };
    const dropped = await api.fetch("/api/streams/one?kind=event&stream=shop", { method: "DELETE", headers });
    expect(dropped.status).toBe(204);
    await call("POST", "/v1/detect", { stream_id: "shop", events: NORMAL.slice(0, 2) });
    expect(await api.store.anomalies.getAnchor(SHOP)).toBeNull();
    expect(await get()).toMatchObject({ has_active_anchor: false });
  });

  test("are let go, and do not come back by themselves", async () => {
    await call("POST", "/v1/detect", { stream_id: "shop", events: NORMAL });
    expect((await call("DELETE", "/v1/streams/shop/anchor")).body).toMatchObject({ success: true });
    expect((await call("DELETE", "/v1/streams/shop/anchor")).status).toBe(404);
    const { body } = await call("POST", "/v1/detect", { stream_id: "shop", events: [NORMAL[0]] });
    expect(body["drift"]).toMatchObject({ drift_score: null, diagnostic_reason: "no_active_anchor" });
    expect(await get()).toMatchObject({ has_active_anchor: false });
  });
});
