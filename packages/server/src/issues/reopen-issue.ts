import type { IssueRecord } from "../model/issue.ts";
import type { Store } from "../model/store.ts";
import { CLEARED } from "./advance-issue.ts";
import { changeIssue, type IssueTarget } from "./change-issue.ts";

/** Takes back a resolution or an ignoring; an open issue stays as it is. Throws ApiError `not_found` or `conflict`. */
export function reopenIssue(store: Pick<Store, "issues">, command: IssueTarget): Promise<IssueRecord> {
  return changeIssue(store, command, (issue) =>
    issue.state === "resolved" || issue.state === "ignored"
      ? { patch: { ...CLEARED, state: "ongoing" }, action: "reopened" }
      : undefined,
  );
}
