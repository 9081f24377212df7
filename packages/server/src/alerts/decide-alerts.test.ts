import type { AlertRuleRow, Json } from "@gatewatch/protocol";
import { describe, expect, it } from "vitest";
import type { Alert, OutboxRow } from "../model/alert.ts";
import type { AppliedErrors, AppliedIssue, RouteErrorCount } from "../model/applied-errors.ts";
import type { IssueOutcome, IssueRecord } from "../model/issue.ts";
import type { DigestTx } from "../model/store.ts";
import { decideAlerts, type AlertInput } from "./decide-alerts.ts";
import { defaultAlertRules } from "./default-alert-rules.ts";

const NOW = 1_763_600_000_000;
const MINUTE_MS = 60_000;

function numbered(projectId: number): AlertRuleRow[] {
  return defaultAlertRules(projectId).map((rule, index) => Object.assign(rule, { id: index + 1 }));
}

/** The part of a unit that alerts use. */
function openStore(rules: AlertRuleRow[] = numbered(1)) {
  const state = new Map<string, Json>();
  const outbox = new Map<string, OutboxRow>();
  const tx: Partial<DigestTx> = {
    alertRules: async () => rules,
    enabledChannels: async () => [{ id: 5, kind: "slack" }],
    projects: async () => [{ id: 1, name: "shop", slug: "shop", createdAt: 0, settings: {} }],
    getAlertState: async (keys) => new Map(keys.filter((key) => state.has(key)).map((key) => [key, state.get(key)!])),
    putAlertState: async (entries) => {
      for (const { key, value } of entries) state.set(key, JSON.parse(JSON.stringify(value)) as Json);
    },
    addOutbox: async (rows) => {
      for (const row of rows) outbox.set(row.id, row);
    },
  };
  return { tx: tx as DigestTx, state, outbox };
}

function issue(id: number, outcome: IssueOutcome, patch: Partial<IssueRecord> = {}): AppliedIssue {
  const record = {
    id,
    projectId: 1,
    title: "TypeError: x",
    culprit: "a.ts:1",
    level: "error",
    state: "new",
    severity: "medium",
    firstSeen: NOW,
    lastSeen: NOW,
    events: 1,
    users: null,
    lastRelease: "1.0.0",
    ...patch,
  } as IssueRecord;
  const event = {
    type: "error" as const,
    time: NOW,
    id: `e${id}`,
    level: "error" as const,
    handled: true,
    mechanism: "throw" as const,
    exceptions: [],
    request: { method: "GET", url: "/cart?id=1", route: "/cart", headers: {}, query: {}, status: 500 },
  };
  return {
    record,
    outcome,
    severityBefore: outcome === "new" ? null : "medium",
    isNewRelease: false,
    added: 1,
    newest: { event, id: `e${id}`, receivedAt: NOW },
  };
}

function unit(
  issues: AppliedIssue[],
  extra: Partial<AlertInput> & { exceptions?: RouteErrorCount[] } = {},
): AlertInput {
  const { exceptions = [], ...rest } = extra;
  const errors: AppliedErrors = { projectId: 1, issues, issueByEvent: new Map(), exceptions };
  return {
    projectId: 1,
    now: NOW,
    errors,
    routeErrors: [],
    analyses: new Map(),
    publicUrl: "https://gatewatch.example/",
    ...rest,
  };
}

const rulesOf = (rows: OutboxRow[]) => rows.map((row) => (row.payload as unknown as Alert).rule.kind);
const errorsOn = (key: string, count: number, minute = NOW - (NOW % MINUTE_MS)): RouteErrorCount[] => [
  { key, minute, count },
];

describe("decideAlerts()", () => {
  it("writes one complete row per channel for a new issue", async () => {
    const { tx, outbox } = openStore();
    const [row] = await decideAlerts(tx, unit([issue(1, "new")]));
    expect([...outbox.keys()]).toEqual([row!.id]);
    expect(row).toMatchObject({ kind: "alert", channelId: 5, projectId: 1, dueAt: NOW, state: "waiting" });
    expect(row!.payload).toMatchObject({
      projectName: "shop",
      issue: { id: 1, title: "TypeError: x", release: "1.0.0" },
      request: { status: 500, method: "GET", path: "/cart" },
      link: "https://gatewatch.example/issues/1?project=1",
    });
  });

  it.each<[string, AppliedIssue, string[]]>([
    ["a regression", issue(1, "regressed", { state: "regressed" }), ["regression"]],
    ["an ignored issue that woke", issue(1, "woken", { state: "ongoing" }), ["regression"]],
    ["a new critical issue, once", issue(1, "new", { severity: "critical" }), ["criticalSeverity"]],
    [
      "an issue that turned critical",
      issue(1, "ongoing", { state: "ongoing", severity: "critical" }),
      ["criticalSeverity"],
    ],
    ["nothing while an issue goes on", issue(1, "ongoing", { state: "ongoing" }), []],
    ["nothing of an ignored critical issue", issue(1, "ongoing", { state: "ignored", severity: "critical" }), []],
  ])("tells of %s", async (_name, applied, kinds) => {
    expect(rulesOf(await decideAlerts(openStore().tx, unit([applied])))).toEqual(kinds);
  });

  it("keeps quiet about one issue and rule until the cooldown is over", async () => {
    const { tx } = openStore();
    const regressed = (now: number) => decideAlerts(tx, unit([issue(1, "regressed", { state: "regressed" })], { now }));
    expect(await regressed(NOW)).toHaveLength(1);
    expect(await regressed(NOW + 3_599_999)).toHaveLength(0);
    expect(await regressed(NOW + 3_600_000)).toHaveLength(1);
  });

  it("gives the same ids when a unit is played again", async () => {
    const first = await decideAlerts(openStore().tx, unit([issue(1, "new"), issue(2, "new")]));
    const again = await decideAlerts(openStore().tx, unit([issue(1, "new"), issue(2, "new")]));
    expect(again).toEqual(first);
    expect(new Set(first.map((row) => row.id)).size).toBe(2);
  });

  it("alerts once when ten thousand errors of one cause come in within a minute", async () => {
    const { tx, outbox } = openStore();
    for (let step = 0; step < 100; step++) {
      const now = NOW + step * 600;
      const minute = now - (now % MINUTE_MS);
      const applied = issue(1, step === 0 ? "new" : "ongoing", { events: 100 * (step + 1) });
      const counts = errorsOn("GET /cart", 100, minute);
      await decideAlerts(tx, unit([applied], { now, routeErrors: counts, exceptions: counts }));
    }
    expect(outbox.size).toBe(1);
  });

  it("counts answers of 400 to 599 by route, once per key and window, and again later", async () => {
    const { tx } = openStore();
    const at = (now: number, count: number) =>
      decideAlerts(tx, unit([], { now, routeErrors: errorsOn("GET /cart", count, now - (now % MINUTE_MS)) }));
    expect(await at(NOW, 9)).toHaveLength(0);
    const rows = await at(NOW + MINUTE_MS, 1);
    expect(rows[0]!.payload).toMatchObject({ count: { key: "GET /cart", events: 10, windowMs: 300_000 }, issue: null });
    expect(await at(NOW + 2 * MINUTE_MS, 500)).toHaveLength(0);
    expect(await at(NOW + 62 * MINUTE_MS, 9)).toHaveLength(0);
    expect(await at(NOW + 63 * MINUTE_MS, 1)).toHaveLength(1);
  });

  it("forgets errors that have left the window", async () => {
    const { tx } = openStore();
    for (let minute = 0; minute < 30; minute += 1) {
      const now = NOW + minute * 7 * MINUTE_MS;
      expect(await decideAlerts(tx, unit([], { now, routeErrors: errorsOn("GET /cart", 9, now) }))).toHaveLength(0);
    }
  });

  it("counts an exception and its answer once", async () => {
    const { tx } = openStore();
    const counts = errorsOn("GET /cart", 9);
    expect(await decideAlerts(tx, unit([], { routeErrors: counts, exceptions: counts }))).toHaveLength(0);
    expect(await decideAlerts(tx, unit([], { exceptions: errorsOn("GET /cart", 1) }))).toHaveLength(1);
  });

  it("remembers a bounded number of routes, whatever strangers ask for", async () => {
    const { tx, state } = openStore();
    const routeErrors = Array.from({ length: 5000 }, (_, index) => errorsOn(`GET /${index}`, 1)).flat();
    await decideAlerts(tx, unit([], { routeErrors }));
    expect(state.get("count:4")).toHaveLength(200);
  });

  it("bounds the alerts of one unit and says how many more there were", async () => {
    const rows = await decideAlerts(
      openStore().tx,
      unit(Array.from({ length: 250 }, (_, index) => issue(index + 1, "new"))),
    );
    expect(rows).toHaveLength(100);
    expect(rows.at(-1)!.payload).toMatchObject({ suppressed: 150 });
  });

  it("asks the store nothing when nothing happened", async () => {
    expect(await decideAlerts({} as DigestTx, unit([issue(1, "ongoing", { state: "ongoing" })]))).toEqual([]);
  });

  it("does not follow the rules of another project or those that are off", async () => {
    const rules = numbered(1);
    for (const rule of rules) rule.enabled = false;
    const strange = numbered(2);
    expect(await decideAlerts(openStore([...rules, ...strange]).tx, unit([issue(1, "new")]))).toEqual([]);
  });
});
