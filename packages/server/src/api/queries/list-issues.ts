import type { IssueList, IssueState } from "@gatewatch/protocol";
import type { IssueQuery, IssueStore } from "../../model/store.ts";
import { parseIssueQuery } from "./parse-issue-query.ts";
import { toIssueRow, TREND_HOURS } from "./to-issue-row.ts";

/** One page of the issues that a search finds, with how many there are per tab. */
export async function listIssues(
  issues: IssueStore,
  question: {
    projectId: number;
    q: string;
    states: IssueState[];
    sort: IssueQuery["sort"];
    cursor?: string;
    limit: number;
    now: number;
  },
): Promise<IssueList> {
  const { states: searched, ...filter } = parseIssueQuery(question.q);
  const states = searched.length > 0 ? searched : question.states;
  const [page, counts] = await Promise.all([
    issues.queryRows(
      {
        projectId: question.projectId,
        ...filter,
        ...(states.length > 0 ? { states } : {}),
        sort: question.sort,
        limit: question.limit,
        ...(question.cursor === undefined ? {} : { cursor: question.cursor }),
      },
      question.now,
      TREND_HOURS,
    ),
    issues.countByState(question.projectId, filter),
  ]);
  return {
    issues: page.rows.map(toIssueRow),
    nextCursor: page.nextCursor,
    counts: {
      unresolved: counts.new + counts.ongoing + counts.regressed,
      new: counts.new,
      regressed: counts.regressed,
      resolved: counts.resolved,
      ignored: counts.ignored,
    },
  };
}
