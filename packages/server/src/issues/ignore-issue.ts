import { ApiError } from "../model/api-error.ts";
import type { IssueRecord } from "../model/issue.ts";
import type { Store } from "../model/store.ts";
import { CLEARED } from "./advance-issue.ts";
import { changeIssue, type IssueTarget } from "./change-issue.ts";

const MAX_COUNT = 1_000_000_000;

/**
 * Silences an issue: for good, until `untilCount` more events, or until the time `until` (epoch ms), whichever comes first.
 * Throws ApiError `invalid_request`, `not_found` or `conflict`.
 */
export async function ignoreIssue(
  store: Pick<Store, "issues">,
  command: IssueTarget & { untilCount?: number; until?: number },
): Promise<IssueRecord> {
  const { untilCount, until, at } = command;
  if (untilCount !== undefined && !(Number.isInteger(untilCount) && untilCount >= 1 && untilCount <= MAX_COUNT))
    throw new ApiError(
      "invalid_request",
      `untilCount must be a whole number from 1 to ${MAX_COUNT}; got ${untilCount}.`,
    );
  if (until !== undefined && !(Number.isSafeInteger(until) && until > at))
    throw new ApiError("invalid_request", `until must be a time to come in epoch milliseconds; got ${until}.`);
  return changeIssue(store, command, (issue) => ({
    patch: {
      ...CLEARED,
      state: "ignored",
      ignoreUntil: until ?? null,
      ignoreUntilCount: untilCount === undefined ? null : issue.events + untilCount,
    },
    action: "ignored",
    detail: { ...(untilCount === undefined ? {} : { untilCount }), ...(until === undefined ? {} : { until }) },
  }));
}
