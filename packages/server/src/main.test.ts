import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  AnomalyDetail,
  AnomalyList,
  DetectAnswer,
  HealthAnswer,
  IssueDetail,
  IssueList,
} from "@gatewatch/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startSlackStandIn } from "./alerts/channels/slack-stand-in.ts";
import { openControl, type Control } from "./cli/open-control.ts";
import { startServer, type RunningServer } from "./main.ts";
import { resolveServerConfig } from "./settings/server-settings.ts";

let dataDir: string;
let server: RunningServer;
let control: Control;
let token: string;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "gatewatch-main-"));
  server = await startServer(resolveServerConfig({ GATEWATCH_LOG_LEVEL: "error" }, { port: 0, dataDir }));
  control = await openControl(dataDir);
  ({ token } = await control.call<{ token: string }>("POST", "/api/tokens", { name: "app", scope: "ingest" }));
});
afterEach(async () => {
  await control?.close();
  await server?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function send(path: string, body: object): Promise<number> {
  const response = await fetch(server.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

test("what a project's own keys name is written nowhere, whichever language brings it", async () => {
  await control.call("PATCH", "/api/settings", { project: { redactKeys: ["loyalty number"] } });
  const time = Date.now();
  const custom = { loyaltyNumber: "L-7701", city: "Bonn" };
  const batch = { batch: "0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e2a", sentAt: time };
  const event = { type: "custom", time, name: "paid", attributes: custom };
  expect(await send("/v1/events", { ...batch, events: [event] })).toBe(200);
  expect(await send("/api/v1/analyze-error", { exception: { type: "E", message: "m" }, custom })).toBe(200);
  const journal = readdirSync(join(dataDir, "journal"))
    .map((name) => readFileSync(join(dataDir, "journal", name), "latin1"))
    .join("");
  expect(journal.match(/Bonn/g)).toHaveLength(2);
  expect(journal).not.toContain("L-7701");
});

test("keys that are named after the first event hold for the next one", async () => {
  const event = (attributes: object) => ({ type: "custom", time: Date.now(), name: "paid", attributes });
  const batch = (last: string, attributes: object) => ({
    batch: `0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e${last}`,
    sentAt: Date.now(),
    events: [event(attributes)],
  });
  expect(await send("/v1/events", batch("01", { city: "Bonn" }))).toBe(200);
  await control.call("PATCH", "/api/settings", { project: { redactKeys: ["loyalty number"] } });
  expect(await send("/v1/events", batch("02", { loyaltyNumber: "L-7701" }))).toBe(200);
  const journal = readdirSync(join(dataDir, "journal")).map((name) => readFileSync(join(dataDir, "journal", name)));
  expect(Buffer.concat(journal).includes("L-7701")).toBe(false);
});

test("a budget that was changed is the one that health tells", async () => {
  await control.call("PATCH", "/api/settings", { analyst: { maxUsdPerDay: 9 } });
  const health = await control.call<HealthAnswer>("GET", "/api/health");
  expect(health.analyst.budgetUsd).toBe(9);
});

test("an app's events are judged, and what a stream has learned outlives the server", async () => {
  const detect = async (events: object[]): Promise<DetectAnswer> => {
    const response = await fetch(`${server.url}/api/detect`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ stream: "payments", events }),
    });
    return (await response.json()) as DetectAnswer;
  };
  const payment = (index: number) => ({
    type: "payment",
    body: { amount: 20 + ((index * 37) % 80), currency: index % 3 === 0 ? "USD" : "EUR", cvv: "given" },
  });
  for (let batch = 0; batch < 5; batch++)
    await detect(Array.from({ length: 400 }, (_, index) => payment(batch * 400 + index)));
  await control.close();
  await server.close();
  server = await startServer(resolveServerConfig({ GATEWATCH_LOG_LEVEL: "error" }, { port: 0, dataDir }));
  control = await openControl(dataDir);

  const restartedAt = Date.now();
  const odd = { type: "payment", body: { amount: 9_000_000, currency: "XXX" } };
  const answer = await detect([payment(7), odd]);
  expect(answer).toMatchObject({ status: "ready", seen: 2_002, anomalies: [{ index: 1, block: true }] });
  let found: AnomalyList["anomalies"][number] | undefined;
  while (found === undefined) {
    const { anomalies } = await control.call<AnomalyList>("GET", "/api/anomalies");
    found = anomalies.find(({ startedAt }) => startedAt >= restartedAt);
  }
  const detail = await control.call<AnomalyDetail>("GET", `/api/anomalies/${found.id}`);
  expect(detail).toMatchObject({ stream: "payments", event: odd, normal: { type: "payment" } });
  expect(detail.findings.map(({ field }) => field)).toContain("body.amount");
  const { watch } = await control.call<HealthAnswer>("GET", "/api/health");
  expect(watch).toMatchObject({ eventStreams: 1, events: 2, failures: 0 });
});

test("a channel that fails and the server's own errors raise no event and no alert", async () => {
  const slack = await startSlackStandIn();
  try {
    // Refused for good, so that the alert is a dead letter at once, which the server logs as an error of its own.
    slack.script.push(...Array<number>(20).fill(404));
    await control.call("POST", "/api/channels", { kind: "slack", name: "ops", config: { webhookUrl: slack.url } });
    expect(await send("/api/v1/analyze-error", { exception: { type: "OnlyOne", message: "m" } })).toBe(200);
    let health = await control.call<HealthAnswer>("GET", "/api/health");
    const { acceptedEvents } = health.intake;
    while (health.alerts.dead === 0 || health.alerts.waiting > 0 || health.journal.lagMs > 0)
      health = await control.call<HealthAnswer>("GET", "/api/health");
    expect(slack.messages).toEqual([]);
    expect(health.intake.acceptedEvents).toBe(acceptedEvents);
    const { issues } = await control.call<IssueList>("GET", "/api/issues?q=OnlyOne");
    expect(issues).toHaveLength(1);
    expect((await control.call<IssueList>("GET", "/api/issues")).issues).toHaveLength(1);
  } finally {
    await slack.close();
  }
});

test("what sets an issue apart from all requests goes from intake into its analysis, and the API tells it", async () => {
  const time = Date.now();
  const batch = (serial: number) => `0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e${serial.toString(16).padStart(2, "0")}`;
  const request = (route: string, user: number) => {
    const exchange = { method: "GET", route, path: route, status: 200, durationMs: 2, userId: `u${user}` };
    return { type: "request", time, ...exchange };
  };
  const visits = Array.from({ length: 190 }, (_, user) => request("/", user));
  const payments = Array.from({ length: 30 }, (_, user) => request("/pay", user));
  const resource = { release: "1.0.0", environment: "production" };
  expect(
    await send("/v1/events", { batch: batch(0xa0), sentAt: time, resource, events: [...visits, ...payments] }),
  ).toBe(200);
  const errors = payments.map((_, user) => ({
    type: "error",
    time,
    id: `0197a3f4-0000-4000-8000-${user.toString().padStart(12, "0")}`,
    level: "error",
    handled: false,
    mechanism: "throw",
    exceptions: [{ type: "PayError", message: "no acquirer", frames: [] }],
    request: { method: "GET", url: "/pay", route: "/pay", headers: {}, query: {} },
    user: { authenticated: true, id: `u${user}`, username: null },
  }));
  expect(await send("/v1/events", { batch: batch(0xa1), sentAt: time, resource, events: errors })).toBe(200);
  let found: IssueList["issues"] = [];
  while ((found[0]?.events ?? 0) < 30) found = (await control.call<IssueList>("GET", "/api/issues?q=PayError")).issues;
  const issue = await control.call<IssueDetail>("GET", `/api/issues/${found[0]!.id}`);
  expect(issue.reach).toEqual({ users: 30, activeUsers: 190 });
  expect(issue.shares.find(({ name }) => name === "route")?.values).toEqual([
    { value: "GET /pay", count: 30, share: 1, usual: expect.closeTo(30 / 220), special: true },
  ]);
  expect(issue.shares.find(({ name }) => name === "release")?.values).toEqual([
    { value: "1.0.0", count: 30, share: 1, usual: 1, special: false },
  ]);
  const notes = issue.analysis?.notes.map(({ text }) => text);
  expect(notes).toContain("30 of 190 active users (16 %) met it in the last 7 days.");
  expect(notes).toContain("100 % of its events have route GET /pay, but only 14 % of all requests.");
  expect(notes?.join()).not.toContain("environment");
});
