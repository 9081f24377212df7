import { gatewatchDetect } from "gatewatch/detect";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { installFromPypi } from "../support/install-from-pypi.ts";
import { poll } from "../support/poll.ts";
import { startGatewatch, type RunningServer } from "../support/start-gatewatch.ts";
import { startPythonApp, type PythonApp } from "../support/start-python.ts";

const PYTHON = installFromPypi("driftlock", [
  "django==5.2.19",
  "requests==2.34.2",
  "gunicorn==27.0.1",
  "uvicorn==0.54.0",
]);
const MISSING = PYTHON.reason === undefined ? "" : ` (${PYTHON.reason})`;
/** What stands in the suite's output in place of the SDK itself. */
const INSTEAD =
  "driftlock_sdk 0.1.0 is in no registry (`driftlock` on PyPI is another product): clients written from its description";
const BATCH = 500;
const BATCHES = 4;

let server: RunningServer;
let app: PythonApp | undefined;
let keys: { admin: string; stream: string };

beforeEach(async () => {
  server = await startGatewatch();
  const create = (...more: string[]): string =>
    server.command<{ token: string }>("token", "create", "--driftlock", "--scope", ...more).token;
  keys = { admin: create("admin"), stream: create("ingest", "--stream", "payments") };
});
afterEach(async () => {
  await app?.process.stop();
  app = undefined;
  await server.remove();
});

/** A shop's usual payments, as a form brings them: every value a text. */
function makePayment(index: number): { type: string; body: Record<string, string> } {
  const amount = (10 + ((index * 7919) % 9000) / 100).toFixed(2);
  const currency = index % 5 === 0 ? "CHF" : "EUR";
  return { type: "payment", body: { amount, currency, country: ["DE", "FR", "CH"][index % 3]!, cvv_result: "M" } };
}
const ODD = { amount: "94000.00", currency: "XMR", country: "ZZ", note: "'; drop table payments; --" };

async function teach(): Promise<void> {
  // As forms bring them: texts stay texts.
  const client = gatewatchDetect({ baseUrl: server.url, apiKey: keys.stream, coerceNumbers: false });
  for (let batch = 0; batch < BATCHES; batch++)
    await client.detect(
      "payments",
      Array.from({ length: BATCH }, (_, index) => makePayment(batch * BATCH + index)),
    );
  await client.close();
}

const pay = (path: string, fields: Record<string, string>): Promise<Response> =>
  fetch(app!.url + path, { method: "POST", body: new URLSearchParams(fields) });

describe.skipIf(PYTHON.bin === undefined)(`${INSTEAD}${MISSING}`, () => {
  test.each(["gunicorn", "uvicorn"] as const)(
    "a Django shop refuses an odd payment by either call shape, and no other: %s",
    async (under) => {
      app = await startPythonApp(PYTHON.bin!, under, "driftlock_app", {
        workers: 1,
        probe: "/healthz",
        env: { DRIFTLOCK_URL: server.url, DRIFTLOCK_API_KEY: keys.admin },
      });
      const young = await pay("/payments/", makePayment(1).body);
      expect([young.status, await young.json()]).toEqual([200, { status: "processed", detection_ready: false }]);
      const odd = await pay("/payments-async/", ODD);
      expect([odd.status, await odd.json()]).toEqual([
        200,
        { total_events: 1, progress_percent: expect.any(Number) as unknown },
      ]);

      await teach();
      const usual = await pay("/payments/", makePayment(77).body);
      expect([usual.status, await usual.json()]).toEqual([200, { status: "processed", detection_ready: true }]);
      const refused = await pay("/payments/", ODD);
      expect([refused.status, await refused.json()]).toEqual([
        403,
        { why: expect.any(String) as unknown, confidence: expect.closeTo(1, 2) as unknown },
      ]);
      const again = await pay("/payments-async/", { ...ODD, country: "QQ" });
      const metrics = (await again.json()) as Record<string, number>;
      expect([again.status, metrics["is_statistically_significant"]]).toEqual([403, true]);
      expect(metrics["p_value"]).toBeLessThan(0.01);
      expect(metrics["ncd"]).toBeGreaterThan(0);

      const told = await poll(
        "the anomalies",
        async () =>
          (await (await fetch(`${app!.url}/sdk/`)).json()) as { found: { total: number }; details: unknown[] } & Record<
            string,
            unknown
          >,
        ({ found }) => found.total > 0,
      );
      expect(told).toMatchObject({
        health: { success: true, library_status: "healthy", database: "connected" },
        found: { anomalies: expect.any(Array) as unknown },
      });
      expect(told.details[0]).toMatchObject({
        status: "new",
        explanation: expect.any(String) as unknown,
        metrics: { p_value: expect.any(Number) as unknown, ncd: expect.any(Number) as unknown },
      });
      expect(await (await fetch(`${app.url}/demo/`)).json()).toEqual({ remaining_calls: 9, status: "calibrating" });
      expect(await (await fetch(`${app.url}/fail/`)).json()).toEqual({
        key: [401, "unauthorized", true, true],
        events: [400, "invalid_argument", true, true],
        anomaly: [404, "not_found", true, true],
        path: [404, "not_found", true, true],
      });
      expect(
        app.process
          .output()
          .split("\n")
          .filter((line) => line.includes("[driftlock]")),
      ).toEqual([]);
      const streams = await gatewatchDetect({ baseUrl: server.url, apiKey: keys.admin }).streams.list();
      expect((streams["streams"] as { slug: string }[]).map(({ slug }) => slug).toSorted()).toEqual([
        "django-app",
        "payments",
      ]);
    },
  );
});

describe("gatewatch/detect, which speaks this language too", () => {
  test("finds, explains, exports and judges anomalies, and keeps what a stream has learned over a restart", async () => {
    await teach();
    const port = Number(new URL(server.url).port);
    // Of so many usual payments one or two may have been flagged: that is what the level promises.
    const since = new Date().toISOString();
    await server.stop();
    server = await startGatewatch({ dataDir: server.dataDir, port });
    const bound = gatewatchDetect({ baseUrl: server.url, apiKey: keys.stream, coerceNumbers: false });
    const result = await bound.detect("payments", [makePayment(4), { type: "payment", body: ODD }]);
    expect(result).toMatchObject({ status: "ready", detection_ready: true, anomalies: [{ index: 1, detected: true }] });
    const [anomaly] = result.anomalies;
    expect(anomaly!.metrics).toMatchObject({ is_statistically_significant: true, ncd: expect.any(Number) as unknown });
    expect(anomaly!.metrics.p_value).toBeLessThan(1e-3);
    expect(anomaly!.why).toMatch(/currency|amount|note|country|cvv/);

    await expect(bound.detect("other", [{ a: 1 }])).rejects.toMatchObject({ status: 403, code: "forbidden" });
    await expect(bound.anomalies.list()).rejects.toMatchObject({ status: 403 });
    const client = gatewatchDetect({ baseUrl: `${server.url}/api`, apiKey: keys.admin });
    expect(await client.anomalies.get(anomaly!.id!)).toMatchObject({ id: anomaly!.id, status: "new" });
    const { anomalies, total } = await client.anomalies.list({
      stream_id: "payments",
      max_p_value: 1e-3,
      status: "new",
      since,
    });
    expect([total, anomalies.length]).toEqual([1, 1]);
    for (const format of ["json", "markdown", "html"] as const)
      expect(await client.anomalies.export(anomalies[0]!.id, format)).toMatchObject({
        status: "completed",
        exported: 1,
      });
    expect(await client.anomalies.exportMany({ stream_id: "payments", since }, "html")).toMatchObject({ exported: 1 });
    await expect(client.anomalies.exportMany({}, "pdf")).rejects.toMatchObject({
      status: 400,
      code: "invalid_argument",
    });
    await client.anomalies.feedback(anomalies[0]!.id, "confirmed", "fraud");
    expect((await client.anomalies.list({ status: "acknowledged" })).anomalies).toHaveLength(1);

    await client.streams.updateProfile("payments", { profile: "strict" });
    expect(await client.streams.profile("payments")).toMatchObject({ profile: "strict" });
    expect(await client.streams.tuning("payments")).toMatchObject({ feedback_stats: { confirmed: 1 } });
    expect(
      await client.streams.resetAnchor(
        "payments",
        Array.from({ length: 8 }, (_, index) => makePayment(index)),
      ),
    ).toMatchObject({ success: true });
    expect(await client.streams.anchorDetails("payments")).toMatchObject({ anchor: { event_count: 8 } });
    expect(await client.streams.deleteAnchor("payments")).toMatchObject({ success: true });
    expect([await client.health(), await client.ready(), await client.version()]).toMatchObject([
      { ok: true },
      { ready: true },
      { version: expect.any(String) as unknown },
    ]);
  });
});
