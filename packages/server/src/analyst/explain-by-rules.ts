import type { Analysis, ErrorEvent } from "@gatewatch/protocol";
import { countShares, EVENTS_FOR_SHARES } from "../model/count-shares.ts";
import { compareSpreads } from "../model/issue-spread.ts";
import { firstSpreadDay, joinSpreads } from "../model/spread.ts";
import type { Store } from "../model/store.ts";
import { buildEvidencePack } from "./evidence-pack.ts";
import { readFacts } from "./issue-facts.ts";
import { analyseByRules } from "./rules/analyse-by-rules.ts";

export interface ExplainByRulesOptions {
  /** Reads the stored form of an event. */
  unpackEvent(body: Uint8Array): ErrorEvent;
  /** Whether a model's word is to follow. */
  pending: boolean;
}

/** Lets the rules look at an issue's newest stored event and stores what they say; null when there is no event or no issue. */
export async function explainByRules(
  store: Pick<Store, "issues">,
  order: { projectId: number; issueId: number; at: number },
  { unpackEvent, pending }: ExplainByRulesOptions,
): Promise<Analysis | null> {
  const { projectId, issueId, at } = order;
  const record = await store.issues.get(projectId, issueId);
  if (record === null) return null;
  const { events } = await store.issues.listEvents(projectId, issueId, EVENTS_FOR_SHARES);
  const spreads = await store.issues.spreads(projectId, issueId, firstSpreadDay(at));
  const spread = compareSpreads(spreads.issue, joinSpreads(spreads.traffic));
  const read = events.map((row) => Object.assign(row, { event: unpackEvent(row.body) }));
  const newest = read.toSorted((a, b) => b.time - a.time)[0];
  if (newest === undefined) return null;
  const facts = readFacts(
    record,
    newest.release === null ? undefined : { release: newest.release },
    spread,
    countShares(read),
  );
  const rules = analyseByRules(newest.event, facts, at, buildEvidencePack(newest.event, facts));
  const analysis: Analysis = pending ? { ...rules, pending } : rules;
  await store.issues.putAnalysis(projectId, analysis);
  return analysis;
}
