import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AnomalyRecord, Subject } from "../model/anomaly.ts";
import type { StoreEngine } from "../model/store.ts";
import { anomalyOf, commitOf } from "../store/contract/anomalies-contract.ts";
import { openStoreEngine } from "../store/open-store.ts";
import { readAlert } from "./deliver-alert.ts";
import { decideAnomalyAlerts } from "./decide-anomaly-alerts.ts";
import { ensureAlertRules } from "./ensure-alert-rules.ts";

const NOW = Date.UTC(2026, 4, 20, 12);
const HOUR_MS = 3_600_000;
const P95: Subject = { projectId: 1, kind: "series", stream: "GET /a", measure: "p95" };
const WHOLE: Subject = { projectId: 1, kind: "series", stream: "", measure: "requests" };
const PAYMENTS: Subject = { projectId: 1, kind: "event", stream: "payments", measure: null };

let dataDir: string;
let store: StoreEngine;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "gatewatch-alerts-"));
  store = await openStoreEngine({ engine: "sqlite", dataDir });
  await ensureAlertRules(store, (await store.control.getProject(1))!);
  await store.control.createChannel({ kind: "slack", name: "ops", enabled: true, config: {} });
  await store.control.createChannel({ kind: "slack", name: "off", enabled: false, config: {} });
});
afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true });
});

const decide = (told: AnomalyRecord[], publicUrl: string | null = "https://watch.example/") =>
  decideAnomalyAlerts(store, told, { now: NOW, publicUrl });
const found = (subject: Subject, values: Partial<AnomalyRecord> = {}) =>
  anomalyOf(subject, { startedAt: NOW - 60_000, endedAt: null, told: true, ...values });
const anomalyRule = async () => (await store.control.listAlertRules(1)).find(({ when }) => when.kind === "anomaly")!;

test("every project gets the rule once, also one that had its other rules before", async () => {
  const project = (await store.control.getProject(1))!;
  const rule = await anomalyRule();
  await store.control.deleteAlertRule(rule.id, 1);
  await ensureAlertRules(store, project);
  expect((await store.control.listAlertRules(1)).map(({ when }) => when.kind)).not.toContain("anomaly");
  const { anomalyRuleMade: _made, ...older } = project.settings;
  await ensureAlertRules(store, { ...project, settings: older });
  expect((await store.control.listAlertRules(1)).map(({ when }) => when.kind)).toEqual([
    "newIssue",
    "regression",
    "criticalSeverity",
    "errorCount",
    "anomaly",
  ]);
});

test("one alert tells of the rarest of a turn, and how many came with it", async () => {
  const rows = await decide([found(WHOLE, { pValue: 1e-5 }), found(P95, { pValue: 1e-9 }), found(PAYMENTS)]);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ projectId: 1, channelId: 1, kind: "alert", dueAt: NOW });
  expect(readAlert(rows[0]!)).toMatchObject({
    rule: { name: "Something unusual", kind: "anomaly" },
    anomaly: { subject: "p95 of GET /a", pValue: 1e-9, startedAt: NOW - 60_000 },
    suppressed: 2,
    issue: null,
    link: "https://watch.example/protection?project=1",
  });
});

test("a stranger's text is one line of the message", async () => {
  const [row] = await decide([found({ ...PAYMENTS, stream: "pay\n*urgent*\u2028" }, { why: "a\u001b[2J\u202e\r\nb" })]);
  expect(readAlert(row!).anomaly).toMatchObject({ subject: "event of pay *urgent* ", why: "a [2J b" });
});

test("a subject is quiet for the rule's cooldown, others are not", async () => {
  const cooldownAgo = NOW - HOUR_MS;
  await store.anomalies.commitWatch(
    commitOf({
      anomalies: [
        found(P95, { startedAt: cooldownAgo, endedAt: cooldownAgo }),
        found(WHOLE, { startedAt: cooldownAgo - 5, endedAt: cooldownAgo - 1 }),
        found(PAYMENTS, { startedAt: cooldownAgo, endedAt: cooldownAgo, told: false }),
      ],
    }),
  );
  expect(await decide([found(P95)])).toEqual([]);
  const rows = await decide([found(P95), found(WHOLE), found(PAYMENTS)], null);
  expect(rows.map(readAlert)).toMatchObject([
    { anomaly: { subject: "requests of the whole project" }, suppressed: 1, link: null },
  ]);
});

test("nobody is told without the rule, or without a channel", async () => {
  const rule = await anomalyRule();
  await store.control.updateAlertRule(rule.id, 1, { channels: [2] });
  expect(await decide([found(P95)])).toEqual([]);
  await store.control.updateAlertRule(rule.id, 1, { channels: [1], enabled: false });
  expect(await decide([found(P95)])).toEqual([]);
  await store.control.updateAlertRule(rule.id, 1, { enabled: true });
  expect(await decide([found(P95)])).toHaveLength(1);
  expect(await decide([])).toEqual([]);
});
