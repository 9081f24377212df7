import type { Analysis, ErrorEvent } from "@gatewatch/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OutboxRow } from "../model/alert.ts";
import type { AppliedIssue } from "../model/applied-errors.ts";
import { ApiError } from "../model/api-error.ts";
import type { IssueEventRecord, IssueRecord } from "../model/issue.ts";
import type { BudgetStore, DigestTx, IssueStore, OutboxStore } from "../model/store.ts";
import { analyseIssues } from "./analyse-issues.ts";
import { createAnalystProvider } from "./providers.ts";
import { startLlmStandIn, writeAnswer, type LlmStandIn } from "./providers/llm-stand-in.ts";
import { requestAnalysis } from "./request-analysis.ts";
import { runDueAnalyses, startAnalyses, type AnalysesOptions } from "./run-analyses.ts";

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 10, 20, 12);
const go = new AbortController().signal;
let now = START;
let model: LlmStandIn;

beforeEach(async () => {
  now = START;
  model = await startLlmStandIn();
});
afterEach(() => model.close());

const EVENT: ErrorEvent = {
  type: "error",
  time: START,
  id: "e1",
  level: "error",
  handled: true,
  mechanism: "throw",
  exceptions: [
    {
      type: "TypeError",
      message: "Cannot read properties of undefined (reading 'name')",
      frames: [
        {
          file: "src/price.ts",
          line: 42,
          function: "total",
          inApp: true,
          context: { pre: [], line: "order.customer.name", post: [] },
        },
      ],
    },
  ],
};

/** One issue, its outbox and its budget in memory; rows are claimed and counted as the store does it. */
function openServer(limits: { maxCalls?: number; maxUsd?: number; model?: string } = {}) {
  const record = {
    id: 1,
    projectId: 1,
    title: "TypeError: x",
    state: "new",
    severity: "medium",
    events: 1,
    users: null,
    firstRelease: "1.0.0",
    lastRelease: "1.0.0",
    releases: ["1.0.0"],
    routes: [],
  } as unknown as IssueRecord;
  const analyses = new Map<string, Analysis>();
  const rows = new Map<string, OutboxRow>();
  const spent = new Map<string, { calls: number; microUsd: number }>();
  let event = {
    time: START,
    body: new Uint8Array(),
    release: "1.0.0",
    environment: null,
    host: null,
  } as unknown as IssueEventRecord;
  const put = async (_projectId: number, analysis: Analysis) => {
    analyses.set(`${analysis.provider} ${analysis.evidenceDigest}`, analysis);
  };
  const issues: Partial<IssueStore> = {
    get: async (projectId, id) => (projectId === 1 && id === 1 ? record : null),
    listEvents: async () => ({ events: [event], nextCursor: null }),
    spreads: async () => ({ issue: [], traffic: [] }),
    listAnalyses: async () => [...analyses.values()],
    putAnalysis: put,
  };
  const outbox: Partial<OutboxStore> = {
    claim: async (kinds, at, leaseMs, limit) => {
      const due = [...rows.values()]
        .filter(
          (row) =>
            kinds.includes(row.kind) && row.state === "waiting" && row.dueAt <= at && (row.leaseUntil ?? 0) <= at,
        )
        .slice(0, limit);
      for (const row of due) Object.assign(row, { leaseUntil: at + leaseMs, attempts: row.attempts + 1 });
      return structuredClone(due);
    },
    complete: async (id) => void Object.assign(rows.get(id)!, { state: "delivered", leaseUntil: null }),
    retry: async (id, dueAt, lastError) => void Object.assign(rows.get(id)!, { dueAt, lastError, leaseUntil: null }),
    add: async (added) => {
      for (const row of added) if (!rows.has(row.id)) rows.set(row.id, structuredClone(row));
    },
    nextDueAt: async () => null,
  };
  const budget: Partial<BudgetStore> = {
    reserve: async (_key, day, calls, microUsd, maxCalls, maxMicroUsd) => {
      const today = spent.get(day) ?? { calls: 0, microUsd: 0 };
      if (today.calls + calls > maxCalls || today.microUsd + microUsd > maxMicroUsd) return false;
      spent.set(day, { calls: today.calls + calls, microUsd: today.microUsd + microUsd });
      return true;
    },
    settle: async (_key, day, reserved, actual) => {
      spent.get(day)!.microUsd += actual - reserved;
    },
  };
  const analysed: number[] = [];
  const failures: { message: string; final: boolean }[] = [];
  const options: AnalysesOptions = {
    store: { issues: issues as IssueStore, outbox: outbox as OutboxStore, budget: budget as BudgetStore },
    shared: { withLock: async (_key, _leaseMs, work) => work() },
    provider: createAnalystProvider({
      analyst: "anthropic",
      analystUrl: model.anthropicUrl,
      analystModel: limits.model ?? "claude-sonnet-x",
      analystKey: "k",
    })!,
    clock: () => now,
    budget: () => ({ maxCalls: limits.maxCalls ?? 100, maxUsd: limits.maxUsd ?? 5 }),
    unpackEvent: () => EVENT,
    onAnalysed: ({ issueId }) => analysed.push(issueId),
    onFailure: (failure) => failures.push(failure),
  };
  const tx = {
    getAnalyses: async () => [...analyses.values()],
    putAnalysis: put,
    addOutbox: outbox.add,
    getTraffic: async () => [],
    getSpreads: async () => new Map(),
  } as unknown as DigestTx;
  /** Plays one unit of digest. */
  const digest = (outcome: AppliedIssue["outcome"], release = "1.0.0") => {
    const isNewRelease = outcome === "new" || event.release !== release;
    const severityBefore = outcome === "new" ? null : record.severity;
    event = { ...event, release };
    Object.assign(record, { lastRelease: release });
    const newest = { event: EVENT, id: "e1", receivedAt: now, resource: { release } };
    const applied = { record, outcome, severityBefore, isNewRelease, added: 1, newest } as AppliedIssue;
    const errors = { projectId: 1, issues: [applied], issueByEvent: new Map(), exceptions: [] };
    return analyseIssues(tx, errors, now, { hasModel: true });
  };
  const run = () => runDueAnalyses(options, go);
  return { options, analyses, rows, spent, analysed, failures, digest, run };
}

const byProvider = (analyses: Map<string, Analysis>, name: string) =>
  [...analyses.values()].filter((row) => row.provider.startsWith(name));

describe("analyseIssues() and runDueAnalyses()", () => {
  it("explain by rules in the digest and by the model later, once", async () => {
    const { digest, run, analyses, analysed, rows } = openServer();
    const known = await digest("new");
    expect(known.get(1)).toMatchObject({
      provider: "rules",
      rootCause: { text: expect.stringContaining("`order.customer`") },
    });
    expect(await run()).toBe(1);
    expect(byProvider(analyses, "anthropic")).toMatchObject([
      { status: "complete", issueId: 1, evidence: expect.any(Array) },
    ]);
    expect(analysed).toEqual([1]);
    for (let unit = 0; unit < 50; unit++) await digest("ongoing");
    expect(await run()).toBe(0);
    expect([rows.size, model.requests.length]).toEqual([1, 1]);
  });

  it("ask again when the evidence is another, for example in a new release", async () => {
    const { digest, run, analyses } = openServer();
    await digest("new");
    await run();
    await digest("ongoing", "1.1.0");
    await run();
    await digest("regressed", "1.1.0");
    await run();
    expect(model.requests).toHaveLength(2);
    expect(byProvider(analyses, "anthropic")).toHaveLength(2);
  });

  it("try again after a failure of the model's server, when it asks", async () => {
    const { digest, run, rows, analyses } = openServer();
    await digest("new");
    model.script.push({ status: 429, headers: { "retry-after": "600" } });
    await run();
    expect([...rows.values()][0]).toMatchObject({ state: "waiting", dueAt: START + 600_000 });
    now = START + 600_000;
    await run();
    expect(byProvider(analyses, "anthropic")).toMatchObject([{ status: "complete" }]);
  });

  it("store a failure with its reason once trying is over", async () => {
    const { digest, run, rows, analyses, failures } = openServer();
    await digest("new");
    model.script.push(...Array.from({ length: 6 }, () => ({ status: 500 })));
    const [row] = rows.values();
    while (row!.state === "waiting") {
      now = Math.max(now, row!.dueAt);
      await run();
    }
    expect(model.requests).toHaveLength(6);
    expect(byProvider(analyses, "anthropic")).toMatchObject([
      { status: "failed", failure: "The model's server answered 500." },
    ]);
    expect(failures.at(-1)).toMatchObject({ final: true });
  });

  it("store a failure at once when the answer is useless", async () => {
    const { digest, run, analyses } = openServer();
    await digest("new");
    expect(byProvider(analyses, "rules")).toMatchObject([{ pending: true }]);
    model.script.push({ answer: writeAnswer({ root_cause: { text: "ghosts", evidence: ["E9"] } }) });
    await run();
    expect(byProvider(analyses, "rules")[0]).not.toHaveProperty("pending");
    expect(byProvider(analyses, "anthropic")).toMatchObject([{ status: "failed" }]);
    expect(JSON.stringify([...analyses.values()])).not.toContain("ghosts");
  });

  it("never make more calls a day than the budget has, and go on the next day", async () => {
    const { digest, run, rows, failures } = openServer({ maxCalls: 1 });
    await digest("new", "1.0.0");
    await digest("ongoing", "2.0.0");
    await run();
    expect(model.requests).toHaveLength(1);
    expect(failures).toMatchObject([{ message: "Today's budget for the model is used up.", final: false }]);
    const waiting = [...rows.values()].filter((row) => row.state === "waiting");
    expect(waiting.map((row) => row.dueAt)).toEqual([Date.UTC(2026, 10, 21)]);
    now = START + DAY_MS;
    await run();
    expect([...rows.values()].every((row) => row.state === "delivered")).toBe(true);
  });

  it("reserve money before the call and settle it to what was used", async () => {
    const { digest, run, spent } = openServer();
    await digest("new");
    await run();
    expect(spent.get("2026-11-20")).toEqual({ calls: 1, microUsd: 8100 });
    const poor = openServer({ maxUsd: 0.01 });
    await poor.digest("new");
    await poor.run();
    expect(poor.spent.size).toBe(0);
    expect(model.requests).toHaveLength(1);
  });

  it("count the repair of an answer as a call of its own", async () => {
    const { digest, run, spent } = openServer();
    await digest("new");
    model.script.push({ text: "moon" });
    await run();
    expect(spent.get("2026-11-20")).toEqual({ calls: 2, microUsd: 16_200 });
  });

  it("leave an issue to the worker that is at it", async () => {
    const { options, digest, rows } = openServer();
    await digest("new");
    await runDueAnalyses({ ...options, shared: { withLock: async () => undefined } }, go);
    expect(model.requests).toHaveLength(0);
    expect([...rows.values()][0]).toMatchObject({ state: "waiting", dueAt: now + 30_000 });
  });
});

describe("startAnalyses()", () => {
  it("cuts off a stalled call when it stops, and orders it again", async () => {
    const { options, digest, rows, spent } = openServer();
    await digest("new");
    model.script.push("stall");
    const worker = startAnalyses(options);
    await model.waitForRequests(1);
    await worker.stop();
    expect([...rows.values()][0]).toMatchObject({ state: "waiting", leaseUntil: null });
    expect(spent.get("2026-11-20")!.microUsd).toBeGreaterThan(0);
  });
});

describe("requestAnalysis()", () => {
  const code = (store: Parameters<typeof requestAnalysis>[0], issueId: number, hasModel: boolean) =>
    requestAnalysis(store, { projectId: 1, issueId, by: "ada", at: now }, { hasModel, unpackEvent: () => EVENT }).then(
      () => "none",
      (error: unknown) => (error instanceof ApiError ? error.code : error),
    );

  it("orders once within ten seconds and asks the model anew", async () => {
    const { options, digest, run, rows } = openServer();
    await digest("new");
    await run();
    const ask = (at: number) =>
      requestAnalysis(
        options.store,
        { projectId: 1, issueId: 1, by: "ada", at },
        { hasModel: true, unpackEvent: () => EVENT },
      );
    await ask(START);
    await ask(START + 1);
    await run();
    expect([rows.size, model.requests.length]).toEqual([2, 2]);
  });

  it("lets the rules look again at once, alone when there is no model", async () => {
    const { options, digest, rows } = openServer();
    await digest("new");
    const ordered = rows.size;
    expect(await code(options.store, 1, false)).toBe("none");
    const [rules] = await options.store.issues.listAnalyses(1, 1);
    expect(rules).toMatchObject({ provider: "rules", status: "complete", createdAt: now });
    expect(rules?.pending).toBeUndefined();
    expect(rows.size).toBe(ordered);
    expect(await code(options.store, 2, true)).toBe("not_found");
  });
});
