import type { IssueRecord } from "../model/issue.ts";
import type { Store } from "../model/store.ts";
import { CLEARED, NEW_FOR_MS } from "./advance-issue.ts";
import { changeIssue, type IssueTarget } from "./change-issue.ts";

/** Takes back a resolution or an ignoring; an issue that is young enough is new again, and an open one stays as it is. Throws ApiError `not_found` or `conflict`. */
export function reopenIssue(store: Pick<Store, "issues">, command: IssueTarget): Promise<IssueRecord> {
  return changeIssue(store, command, (issue) =>
    issue.state === "resolved" || issue.state === "ignored"
      ? {
          patch: { ...CLEARED, state: command.at - issue.firstSeen < NEW_FOR_MS ? "new" : "ongoing" },
          action: "reopened",
        }
      : undefined,
  );
}
