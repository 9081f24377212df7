import type { Analysis, ErrorEvent } from "@gatewatch/protocol";
import type { AnalystProvider, EvidencePack } from "../model/analyst.ts";
import type { Clock } from "../model/clock.ts";
import type { IssueRecord } from "../model/issue.ts";
import { countShares, EVENTS_FOR_SHARES } from "../model/count-shares.ts";
import { compareSpreads } from "../model/issue-spread.ts";
import { firstSpreadDay, joinSpreads } from "../model/spread.ts";
import type { Store } from "../model/store.ts";
import { buildEvidencePack } from "./evidence-pack.ts";
import { readFacts } from "./issue-facts.ts";
import { analyseByRules } from "./rules/analyse-by-rules.ts";

const MICRO = 1_000_000;
const BUDGET_KEY = "analyst";

interface AnalystBudget {
  /** Per UTC day. */
  maxCalls: number;
  maxUsd: number;
}

export interface ExplainPorts {
  store: Pick<Store, "issues" | "budget">;
  provider: AnalystProvider;
  clock: Clock;
  /** Asked before each call: it may be changed while the server runs. */
  budget(): AnalystBudget | Promise<AnalystBudget>;
  /** Reads the stored form of an event. */
  unpackEvent(body: Uint8Array): ErrorEvent;
}

export type Explained =
  | { done: true; analysed: boolean }
  /** To be tried again unless `retryAt` is null; `final` is what to store when there is no further try. */
  | { done: false; retryAt: number | null; message: string; final: Analysis[] };

/** Explains one issue with the model, unless that was done on the same evidence; `force` asks again all the same. */
export async function explainIssue(
  ports: ExplainPorts,
  order: { projectId: number; issueId: number; force: boolean },
  signal: AbortSignal,
): Promise<Explained> {
  const { store, provider, clock } = ports;
  const { projectId, issueId, force } = order;
  const subject = await readSubject(ports, projectId, issueId);
  if (subject === undefined) return { done: true, analysed: false };
  const { pack, rules } = subject;
  const name = provider.model === null ? provider.name : `${provider.name}/${provider.model}`;
  const earlier = await store.issues.listAnalyses(projectId, issueId);
  const isKnown = earlier.some(
    (row) => row.provider === name && row.evidenceDigest === pack.digest && row.status === "complete",
  );
  if (isKnown && !force) return { done: true, analysed: false };

  const account = openAccount(ports, pack);
  const fail = (message: string, retryAt: number | null, usage?: Analysis["usage"]): Explained => ({
    done: false,
    retryAt,
    message,
    final: [
      // The rules' own word waits for nothing any more.
      rules,
      {
        ...rules,
        provider: name,
        model: provider.model,
        status: "failed",
        failure: message,
        ...(usage === undefined ? {} : { usage }),
      },
    ],
  });
  if (!(await account.reserve())) return fail("Today's budget for the model is used up.", startOfNextDay(clock()));
  const result = await provider.analyse(pack, signal, () => account.reserve());
  // A call that was cut off may have been charged: without a known use the reservation stands.
  const usage = result.ok ? result.analysis.usage : result.usage;
  if (usage !== undefined) await account.settle(usage.costUsd);
  if (!result.ok) return fail(result.message, result.retry ? clock() + (result.retryAfterMs ?? 0) : null, result.usage);
  await store.issues.putAnalysis(projectId, {
    ...result.analysis,
    issueId,
    createdAt: clock(),
    evidenceDigest: pack.digest,
    evidence: pack.evidence,
  });
  return { done: true, analysed: true };
}

async function readSubject(
  { store, clock, unpackEvent }: ExplainPorts,
  projectId: number,
  issueId: number,
): Promise<{ pack: EvidencePack; rules: Analysis; record: IssueRecord } | undefined> {
  const record = await store.issues.get(projectId, issueId);
  if (record === null) return undefined;
  const { events } = await store.issues.listEvents(projectId, issueId, EVENTS_FOR_SHARES);
  const spreads = await store.issues.spreads(projectId, issueId, firstSpreadDay(clock()));
  const spread = compareSpreads(spreads.issue, joinSpreads(spreads.traffic));
  const read = events.map((row) => Object.assign(row, { event: unpackEvent(row.body) }));
  const newest = read.toSorted((a, b) => b.time - a.time)[0];
  if (newest === undefined) return undefined;
  const resource = newest.release === null ? undefined : { release: newest.release };
  const facts = readFacts(record, resource, spread, countShares(read));
  const pack = buildEvidencePack(newest.event, facts);
  return { pack, rules: analyseByRules(newest.event, facts, clock(), pack), record };
}

/** Money and calls of one explanation: reserved before each call, settled once at the end. */
function openAccount({ store, provider, clock, budget }: ExplainPorts, pack: EvidencePack) {
  const day = new Date(clock()).toISOString().slice(0, 10);
  const microUsd = Math.ceil(provider.estimateUsd(pack) * MICRO);
  let reserved = 0;
  return {
    async reserve(): Promise<boolean> {
      const { maxCalls, maxUsd } = await budget();
      const granted = await store.budget.reserve(BUDGET_KEY, day, 1, microUsd, maxCalls, Math.floor(maxUsd * MICRO));
      if (granted) reserved += microUsd;
      return granted;
    },
    settle: (actualUsd: number) => store.budget.settle(BUDGET_KEY, day, reserved, Math.ceil(actualUsd * MICRO)),
  };
}

function startOfNextDay(now: number): number {
  const day = new Date(now);
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate() + 1);
}
