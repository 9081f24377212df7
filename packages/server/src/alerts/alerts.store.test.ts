import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AppliedErrors } from "../model/applied-errors.ts";
import type { StoreEngine } from "../model/store.ts";
import { openSqliteEngine } from "../store/sqlite/open-sqlite-engine.ts";
import { startSlackStandIn, type SlackStandIn } from "./channels/slack-stand-in.ts";
import { createDelivery } from "./create-delivery.ts";
import { decideAlerts } from "./decide-alerts.ts";
import { defaultAlertRules } from "./default-alert-rules.ts";

const MINUTE_MS = 60_000;
const go = new AbortController().signal;
let now = Date.UTC(2026, 10, 20, 12);
let folder: string;
let engine: StoreEngine;
let projectId: number;
let slack: SlackStandIn;
let offset = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-alerts-"));
  engine = await openSqliteEngine(folder);
  slack = await startSlackStandIn(() => now);
  projectId = (await engine.control.createProject({ name: "shop", slug: "shop", at: now })).id;
  for (const rule of defaultAlertRules(projectId)) await engine.control.createAlertRule(rule);
  await engine.control.createChannel({ kind: "slack", name: "ops", enabled: true, config: { webhookUrl: slack.url } });
});
afterEach(async () => {
  await slack.close();
  await engine.close();
  rmSync(folder, { recursive: true });
});

function flood(count: number, crash = false): Promise<void> {
  offset += 1;
  const errors: AppliedErrors = { projectId, issues: [], issueByEvent: new Map(), exceptions: [] };
  const routeErrors = [{ key: "GET /cart", minute: now - (now % MINUTE_MS), count }];
  return engine.digest({ segment: 1, offset }, async (tx) => {
    await decideAlerts(tx, { projectId, now, errors, routeErrors, analyses: new Map(), publicUrl: null });
    if (crash) throw new Error("killed before the commit");
  });
}

function delivery() {
  return createDelivery({
    store: engine,
    clock: () => now,
    wait: async (ms) => {
      now += ms;
    },
  });
}

describe("alerts on the real store", () => {
  it("come exactly once although their unit is played again", async () => {
    await flood(6);
    await expect(flood(6, true)).rejects.toThrow("killed before the commit");
    expect((await engine.outbox.counts()).waiting).toBe(0);
    await flood(6);
    await flood(6);
    expect(await engine.outbox.list({ projectId, limit: 10 })).toHaveLength(1);
    await delivery().deliverDue(go);
    await delivery().deliverDue(go);
    expect(slack.messages.map(({ text }) => text)).toEqual([
      "⚠️ Many errors on one route: 12 errors for GET /cart in 300 s",
    ]);
    expect(await engine.outbox.counts()).toEqual({ waiting: 0, dead: 0 });
  });

  it("become dead letters that can be revived, and turn the channel red", async () => {
    await flood(10);
    slack.script.push({ status: 404, body: "no_service" });
    await delivery().deliverDue(go);
    expect(await engine.outbox.counts()).toEqual({ waiting: 0, dead: 1 });
    const [channel] = await engine.control.listChannels();
    expect(channel).toMatchObject({ lastFailure: "Slack answered 404: no_service", lastSuccessAt: null });
    const [row] = await engine.outbox.list({ state: "dead", limit: 1 });
    await engine.outbox.revive(row!.projectId, row!.id, now);
    await delivery().deliverDue(go);
    expect(slack.messages).toHaveLength(1);
  });
});
