import type { IssueRecord } from "../model/issue.ts";
import type { Store } from "../model/store.ts";
import { CLEARED } from "./advance-issue.ts";
import { changeIssue, type IssueTarget } from "./change-issue.ts";

/**
 * Marks an issue as solved. With `inNextRelease`, events of the newest release so far keep it solved; only a newer or unnamed one reopens it.
 * An issue that is solved in the same way already stays as it is. Throws ApiError `not_found` or `conflict`.
 */
export function resolveIssue(
  store: Pick<Store, "issues">,
  command: IssueTarget & { inNextRelease?: boolean },
): Promise<IssueRecord> {
  return changeIssue(store, command, (issue) => {
    const inNextRelease = command.inNextRelease ?? false;
    const release = inNextRelease ? issue.lastRelease : null;
    const isDone =
      issue.state === "resolved" && issue.resolveInNextRelease === inNextRelease && issue.resolvedInRelease === release;
    if (isDone) return undefined;
    return {
      patch: {
        ...CLEARED,
        state: "resolved",
        resolvedAt: command.at,
        resolveInNextRelease: inNextRelease,
        resolvedInRelease: release,
      },
      action: inNextRelease ? "resolved in the next release" : "resolved",
      ...(release === null ? {} : { detail: { after: release } }),
    };
  });
}
