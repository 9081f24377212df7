import type { ErrorEvent } from "@gatewatch/protocol";
import type { DigestTx } from "../model/store.ts";
import { CLEARED } from "./advance-issue.ts";
import { groupError } from "./group-error.ts";

/**
 * Resolves the issues of errors whose cause is over, at the times that they carry; the next such error reopens them. An issue
 * that somebody ignored, or that other errors were merged into, stays as it is.
 */
export async function resolveRecovered(tx: DigestTx, projectId: number, errors: readonly ErrorEvent[]): Promise<void> {
  const timeOf = new Map(errors.map((error) => [groupError(error).primary.hash, error.time]));
  const hashes = await tx.findHashes(projectId, [...timeOf.keys()]);
  const byIssue = new Map(hashes.map((hash) => [hash.issueId, hash]));
  const issues = byIssue.size === 0 ? [] : await tx.getIssues(projectId, [...byIssue.keys()]);
  const over = issues.flatMap((issue) => {
    const { hash, events } = byIssue.get(issue.id)!;
    if (issue.state === "ignored" || issue.state === "resolved" || issue.events !== events) return [];
    return [{ ...issue, ...CLEARED, state: "resolved" as const, resolvedAt: timeOf.get(hash)! }];
  });
  if (over.length === 0) return;
  await tx.updateIssues(over);
  await tx.addActivity(
    over.map(({ id, resolvedAt }) => ({
      projectId,
      issueId: id,
      at: resolvedAt,
      by: "gatewatch",
      action: "resolved",
      detail: { reason: "recovered" },
    })),
  );
}
