import { hash } from "node:crypto";
import type { Analysis } from "@gatewatch/protocol";
import type { OutboxRow } from "../model/alert.ts";
import type { AppliedErrors, AppliedIssue } from "../model/applied-errors.ts";
import { compareSpreads, type IssueSpread } from "../model/issue-spread.ts";
import { firstSpreadDay, joinSpreads } from "../model/spread.ts";
import type { DigestTx } from "../model/store.ts";
import { digestEvidence } from "./evidence-pack.ts";
import { readAppliedFacts } from "./issue-facts.ts";
import { analyseByRules } from "./rules/analyse-by-rules.ts";

/** An issue whose evidence keeps changing is not explained without end; the last explanations stand. */
const MAX_STORED = 20;
/** Events from which on an issue's shares may mean something. */
const FIRST_COMPARED = 8;

export interface AnalyseIssuesOptions {
  /** Whether a model is configured; then each issue that is new, returned or changed in its evidence waits for it in the outbox. */
  hasModel: boolean;
}

/**
 * The analyst's stage of the digest: explains by rules each issue that is new, came back, or shows other evidence than the stored
 * explanation rests on: another release, severity or throw site, or, looked at whenever its events have doubled, other shares. Returns what is known now, by issue.
 */
export async function analyseIssues(
  tx: DigestTx,
  errors: AppliedErrors,
  now: number,
  options: AnalyseIssuesOptions = { hasModel: false },
): Promise<ReadonlyMap<number, Analysis>> {
  const { projectId } = errors;
  const issues = errors.issues.filter(isWorthALook);
  if (issues.length === 0) return new Map();
  const known = issues.filter(({ outcome }) => outcome !== "new").map(({ record }) => record.id);
  const stored = Map.groupBy(known.length === 0 ? [] : await tx.getAnalyses(projectId, known), (row) => row.issueId);
  const compare = await readComparer(tx, projectId, issues, now);
  const byIssue = new Map<number, Analysis>();
  const orders: OutboxRow[] = [];
  for (const applied of issues) {
    const { id, severity } = applied.record;
    const earlier = stored.get(id) ?? [];
    const facts = readAppliedFacts(applied, compare(id));
    const digest = digestEvidence(applied.newest.event, facts.release);
    const same = earlier.find((row) => row.provider === "rules" && row.evidenceDigest === digest);
    const isFull = applied.outcome === "ongoing" && earlier.length >= MAX_STORED;
    const last = same ?? (isFull ? earlier.find((row) => row.provider === "rules") : undefined);
    const rules = analyseByRules(applied.newest.event, facts, now);
    const isSame = last !== undefined && last.severity === severity && hasSameNotes(last, rules);
    if (last !== undefined && applied.outcome !== "regressed" && (isSame || same === undefined)) {
      byIssue.set(id, last);
      continue;
    }
    const isAsked = earlier.some((row) => row.provider !== "rules" && row.evidenceDigest === digest);
    const isOrdered = options.hasModel && same === undefined && !isAsked;
    const pending = isOrdered || (same?.pending ?? false);
    const analysis = { ...rules, ...(pending ? { pending } : {}) };
    byIssue.set(id, analysis);
    await tx.putAnalysis(projectId, analysis);
    if (isOrdered) orders.push(createAnalysisOrder(projectId, id, digest, now));
  }
  if (orders.length > 0) await tx.addOutbox(orders);
  return byIssue;
}

/** Most units only add to what is explained already; stored explanations are read when something could differ. */
function isWorthALook({ outcome, record, severityBefore, isNewRelease, added }: AppliedIssue): boolean {
  const isGrown = outcome === "ongoing" && hasDoubled(record.events - added, record.events);
  return outcome !== "ongoing" || record.severity !== severityBefore || isNewRelease || isGrown;
}

/** Whether a power of two was passed: so often, and no oftener, the shares of an issue are worth comparing anew. */
function hasDoubled(before: number, after: number): boolean {
  return after >= FIRST_COMPARED && Math.floor(Math.log2(after)) > Math.floor(Math.log2(Math.max(1, before)));
}

function hasSameNotes(a: Analysis, b: Analysis): boolean {
  return JSON.stringify(a.notes) === JSON.stringify(b.notes);
}

/** How each issue spreads beside its project's requests, read for all of them at once. */
async function readComparer(
  tx: DigestTx,
  projectId: number,
  issues: readonly AppliedIssue[],
  now: number,
): Promise<(issueId: number) => IssueSpread | null> {
  const firstDay = firstSpreadDay(now);
  const traffic = joinSpreads(await tx.getTraffic(projectId, firstDay));
  const ids = issues.map(({ record }) => record.id);
  const parts = await tx.getSpreads(projectId, ids, firstDay);
  return (issueId) => compareSpreads(parts.get(issueId) ?? [], traffic);
}

/** One order per issue and evidence: asking twice adds nothing. */
export function createAnalysisOrder(projectId: number, issueId: number, reason: string, now: number): OutboxRow {
  return {
    id: `analysis:${hash("sha256", JSON.stringify([projectId, issueId, reason]), "hex").slice(0, 32)}`,
    projectId,
    kind: "analysis",
    channelId: null,
    payload: { issueId },
    createdAt: now,
    attempts: 0,
    dueAt: now,
    leaseUntil: null,
    state: "waiting",
    lastError: null,
  };
}
