import type { Json } from "@gatewatch/protocol";
import type { IssueRecord } from "../../../model/issue.ts";
import type { Database } from "../dialect.ts";
import { toIssue, toIssueValues } from "./issue-row.ts";

export interface UpdateIssueCommand {
  projectId: number;
  id: number;
  /** The one that the caller read. */
  version: number;
  patch: Partial<Omit<IssueRecord, "id" | "projectId" | "version">>;
  activity: { at: number; by: string; action: string; detail?: Json };
}

/** Writes a patch and its activity together, or returns null when the issue has moved on or is not there. */
export function updateIssue(db: Database, command: UpdateIssueCommand): Promise<IssueRecord | null> {
  const { projectId, id, version, patch, activity } = command;
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom("issue")
      .selectAll()
      .where("projectId", "=", projectId)
      .where("id", "=", id)
      .executeTakeFirst();
    if (!row || row.version !== version) return null;
    const values = toIssueValues({ ...toIssue(row), ...patch });
    const written = await tx
      .updateTable("issue")
      .set({ ...values, version: version + 1 })
      .where("projectId", "=", projectId)
      .where("id", "=", id)
      .where("version", "=", version)
      .returningAll()
      .executeTakeFirst();
    if (!written) return null;
    await tx
      .insertInto("issueActivity")
      .values({
        projectId,
        issueId: id,
        at: activity.at,
        actor: activity.by,
        action: activity.action,
        detail: activity.detail === undefined ? null : JSON.stringify(activity.detail),
      })
      .execute();
    return toIssue(written);
  });
}
