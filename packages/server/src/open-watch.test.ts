import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { decideAnomalyAlerts } from "./alerts/decide-anomaly-alerts.ts";
import { readAlert } from "./alerts/deliver-alert.ts";
import { ensureAlertRules } from "./alerts/ensure-alert-rules.ts";
import { createWatch, type Watch } from "./anomalies/create-watch.ts";
import { openDetectorKit } from "./anomalies/open-detector-kit.ts";
import { CLOSED_AFTER_MS } from "./anomalies/watch-series.ts";
import type { StoreEngine } from "./model/store.ts";
import { rollup } from "./store/contract/fixtures.ts";
import { openStoreEngine } from "./store/open-store.ts";

const START = Date.UTC(2026, 4, 20, 12);
const MINUTE_MS = 60_000;
const HISTORY = 300;

let dataDir: string;
let store: StoreEngine;
let now: number;
let serial = 0;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "gatewatch-watch-"));
  store = await openStoreEngine({ engine: "sqlite", dataDir });
  now = START + HISTORY * MINUTE_MS;
});
afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true });
});

function open(): Watch {
  return createWatch({
    store,
    kit: openDetectorKit(),
    clock: () => now,
    behindSince: () => null,
    decideAlerts: (told, at) => decideAnomalyAlerts(store, told, { now: at, publicUrl: null }),
    onCrash: (error) => {
      throw error;
    },
    reportDamage: (_subject, error) => {
      throw error;
    },
  });
}

/** The same numbers at every run, in [0, 1). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** About 120 requests a minute of a long-tailed latency around `ms`. */
async function plant(from: number, to: number, ms: number, random: () => number): Promise<void> {
  await store.digest({ segment: 1, offset: ++serial }, async (tx) => {
    for (let minute = from; minute < to; minute++) {
      const count = 100 + Math.floor(random() * 40);
      const durations = Array.from({ length: count }, () => Math.round(ms * 1000 * Math.exp(1.2 * (random() - 0.5))));
      const values = { time: START + minute * MINUTE_MS, errors: random() < 0.3 ? 1 : 0 };
      await tx.addRollups("minute", [rollup(1, durations, values)]);
      await tx.addRollups("minute_route", [rollup(1, durations, { ...values, route: "GET /cart" })]);
    }
  });
}

async function watchUntil(watch: Watch, minute: number): Promise<void> {
  now = START + minute * MINUTE_MS + CLOSED_AFTER_MS;
  while ((await watch.turn()) === 0);
}

test("a planted shift of latency becomes one told anomaly and one alert, and normal traffic none", async () => {
  await ensureAlertRules(store, (await store.control.getProject(1))!);
  await store.control.createChannel({ kind: "slack", name: "ops", enabled: true, config: {} });
  const random = createRandom(7);
  await plant(0, HISTORY + 60, 80, random);
  const watch = open();
  await watchUntil(watch, HISTORY + 60);
  const told = async () => (await store.anomalies.query({ projectId: 1, told: true, limit: 99 })).anomalies;
  expect(await told()).toEqual([]);
  expect((await watch.listStreams(1)).filter(({ state }) => state === "ready").length).toBeGreaterThanOrEqual(8);

  await plant(HISTORY + 60, HISTORY + 80, 400, random);
  await plant(HISTORY + 80, HISTORY + 100, 80, random);
  await watchUntil(watch, HISTORY + 70);
  await watch.stop();
  // The rest is watched by the next process, from what the first one has written.
  const next = open();
  await watchUntil(next, HISTORY + 100);

  const rows = (await told()).filter(({ measure, stream }) => measure === "p95" && stream === "");
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ startedAt: START + (HISTORY + 60) * MINUTE_MS, kind: "series" });
  expect(rows[0]!.count).toBeGreaterThanOrEqual(5);
  const detail = await store.anomalies.get(1, rows[0]!.id);
  expect(detail!.why).toMatch(/^p95 is \d+ ms; \d+(?:\.\d)? ms to \d+ ms is usual now\.$/);
  expect(detail!.findings.length).toBeGreaterThan(0);
  expect(rows[0]!.pValue).toBeLessThanOrEqual(detail!.discovery.level);

  const alerts = (await store.outbox.list({ projectId: 1, limit: 99 })).map(readAlert);
  expect(alerts).toHaveLength(1);
  expect(alerts[0]).toMatchObject({ rule: { kind: "anomaly" }, issue: null, projectName: "default" });
  expect(alerts[0]!.anomaly!.startedAt).toBe(START + (HISTORY + 60) * MINUTE_MS);
});
