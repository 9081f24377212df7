import type { IssueDetail } from "@gatewatch/protocol";
import { ApiError } from "../../model/api-error.ts";
import { countShares, EVENTS_FOR_SHARES } from "../../model/count-shares.ts";
import { combineShares, compareSpreads } from "../../model/issue-spread.ts";
import { firstSpreadDay, joinSpreads } from "../../model/spread.ts";
import type { IssueStore } from "../../model/store.ts";
import { parseStoredEvent } from "./parse-stored-event.ts";
import { countUsers, toIssueRow, TREND_HOURS } from "./to-issue-row.ts";

const ACTIVITY_ROWS = 50;
const SIMILAR_ROWS = 5;

/**
 * Everything that the screen of one issue shows. Throws `not_found` when the project has no such issue; with `details.movedTo`
 * when it was merged into another.
 */
export async function loadIssue(
  issues: IssueStore,
  question: { projectId: number; id: number; now: number },
): Promise<IssueDetail> {
  const { projectId, id, now } = question;
  const [record, trends, analysed, hashes, history, activity, similar, analysis, events, spreads] = await Promise.all([
    issues.get(projectId, id),
    issues.trends(projectId, [id], now, TREND_HOURS),
    issues.listAnalysed(projectId, [id]),
    issues.listHashes(projectId, id),
    issues.hashHistory(projectId, id),
    issues.listActivity(projectId, id, ACTIVITY_ROWS),
    issues.similar(projectId, id, SIMILAR_ROWS),
    issues.getAnalysis(projectId, id),
    issues.listEvents(projectId, id, EVENTS_FOR_SHARES),
    issues.spreads(projectId, id, firstSpreadDay(now)),
  ]);
  if (!record) throw await describeAbsence(issues, projectId, id);
  const row = toIssueRow({
    issue: record,
    users: countUsers(record),
    trend: trends.get(id) ?? [],
    analysed: analysed.length > 0,
  });
  const stored = events.events.map(parseStoredEvent);
  const spread = compareSpreads(spreads.issue, joinSpreads(spreads.traffic));
  return {
    ...row,
    resolvedInRelease: record.resolvedInRelease,
    resolveInNextRelease: record.resolveInNextRelease,
    ignoreUntil: record.ignoreUntil,
    ignoreUntilCount: record.ignoreUntilCount,
    hashes: hashes.map((hash) => ({
      id: hash.id,
      algorithm: hash.algorithm,
      kind: hash.kind,
      hash: hash.hash,
      events: hash.events,
      firstSeen: hash.firstSeen,
      lastSeen: hash.lastSeen,
      explanation: hash.explanation,
      history: history
        .filter((move) => move.hashId === hash.id)
        .map(({ at, by, action, fromIssue, toIssue }) => ({ at, by, action, fromIssue, toIssue })),
    })),
    shares: combineShares(countShares(stored), spread),
    ...(spread === null ? {} : { reach: spread.reach }),
    similar,
    activity,
    analysis,
    latestEvent: stored.reduce<(typeof stored)[number] | null>(
      (newest, event) => (newest === null || event.event.time > newest.event.time ? event : newest),
      null,
    ),
  };
}

async function describeAbsence(issues: IssueStore, projectId: number, id: number): Promise<ApiError> {
  const movedTo = await issues.findHeir(projectId, id);
  return movedTo === null
    ? new ApiError("not_found", `There is no issue ${id} in this project.`)
    : new ApiError("not_found", `Issue ${id} was merged into issue ${movedTo}.`, { details: { movedTo } });
}
