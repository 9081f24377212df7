import { hash } from "node:crypto";
import type { Analysis } from "@gatewatch/protocol";
import type { OutboxRow } from "../model/alert.ts";
import type { AppliedErrors, AppliedIssue } from "../model/applied-errors.ts";
import type { DigestTx } from "../model/store.ts";
import { digestEvidence } from "./evidence-pack.ts";
import { readAppliedFacts } from "./issue-facts.ts";
import { analyseByRules } from "./rules/analyse-by-rules.ts";

/** An issue whose evidence keeps changing is not explained without end; the last explanations stand. */
const MAX_STORED = 20;

export interface AnalyseIssuesOptions {
  /** Whether a model is configured; then each issue that is new, returned or changed in its evidence waits for it in the outbox. */
  hasModel: boolean;
}

/**
 * The analyst's stage of the digest: explains by rules each issue that is new, came back, or shows other evidence than the stored
 * explanation rests on. Returns what is known now, by issue.
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
  const byIssue = new Map<number, Analysis>();
  const orders: OutboxRow[] = [];
  for (const applied of issues) {
    const { id, severity } = applied.record;
    const earlier = stored.get(id) ?? [];
    const facts = readAppliedFacts(applied);
    const digest = digestEvidence(applied.newest.event, facts.release);
    const same = earlier.find((row) => row.provider === "rules" && row.evidenceDigest === digest);
    const isFull = applied.outcome === "ongoing" && earlier.length >= MAX_STORED;
    const last = same ?? (isFull ? earlier.find((row) => row.provider === "rules") : undefined);
    if (last !== undefined && applied.outcome !== "regressed" && (last.severity === severity || same === undefined)) {
      byIssue.set(id, last);
      continue;
    }
    const isAsked = earlier.some((row) => row.provider !== "rules" && row.evidenceDigest === digest);
    const isOrdered = options.hasModel && same === undefined && !isAsked;
    const pending = isOrdered || (same?.pending ?? false);
    const analysis = { ...analyseByRules(applied.newest.event, facts, now), ...(pending ? { pending } : {}) };
    byIssue.set(id, analysis);
    await tx.putAnalysis(projectId, analysis);
    if (isOrdered) orders.push(createAnalysisOrder(projectId, id, digest, now));
  }
  if (orders.length > 0) await tx.addOutbox(orders);
  return byIssue;
}

/** Most units only add to what is explained already; stored explanations are read when something could differ. */
function isWorthALook({ outcome, record, severityBefore, isNewRelease }: AppliedIssue): boolean {
  return outcome !== "ongoing" || record.severity !== severityBefore || isNewRelease;
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
