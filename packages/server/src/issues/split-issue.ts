import { ApiError } from "../model/api-error.ts";
import type { IssueRecord } from "../model/issue.ts";
import type { Store } from "../model/store.ts";

/**
 * Moves some hashes of an issue to an issue of their own, with the exact counts, hours and events that came in under them.
 * Throws ApiError `invalid_request` when a hash is not the issue's or one side would have no events, `not_found` or `conflict`.
 */
export async function splitIssue(
  store: Pick<Store, "issues">,
  command: { projectId: number; issueId: number; hashIds: number[]; by: string; at: number },
): Promise<IssueRecord> {
  const { projectId, issueId, by, at } = command;
  if ((await store.issues.get(projectId, issueId)) === null)
    throw new ApiError("not_found", `There is no issue ${issueId} in this project.`);
  const hashes = await store.issues.listHashes(projectId, issueId);
  const own = new Set(hashes.map((hash) => hash.id));
  const hashIds = [...new Set(command.hashIds)];
  const strange = hashIds.find((id) => !own.has(id));
  if (hashIds.length === 0 || strange !== undefined)
    throw new ApiError(
      "invalid_request",
      `hashIds must name hashes of issue ${issueId}; ${strange === undefined ? "none was given" : `${strange} is none`}.`,
    );
  const moving = new Set(hashIds);
  if (!hashes.some((hash) => hash.events > 0 && moving.has(hash.id)))
    throw new ApiError("invalid_request", "None of these hashes has events: their issue would be empty.");
  // Hashes without events only lead newcomers here; an issue of those alone would be empty.
  if (!hashes.some((hash) => hash.events > 0 && !moving.has(hash.id)))
    throw new ApiError("invalid_request", `At least one hash that has events must stay with issue ${issueId}.`);
  const moved = await store.issues.regroup({ projectId, hashIds, into: "new", action: "split", by, at });
  const created = moved === null ? null : await store.issues.get(projectId, moved.issueId);
  if (created === null) throw new ApiError("conflict", `Issue ${issueId} was changed meanwhile; read it again.`);
  return created;
}
