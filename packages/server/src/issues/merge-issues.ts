import { ApiError } from "../model/api-error.ts";
import type { IssueRecord } from "../model/issue.ts";
import type { Store } from "../model/store.ts";

const MAX_MERGED = 100;
const MAX_TRIES = 4;

/**
 * Points every hash of the issues `from` at `into`; counts follow their hash, so that `splitIssue` restores them exactly.
 * Throws ApiError `invalid_request`, `not_found` or `conflict`.
 */
export async function mergeIssues(
  store: Pick<Store, "issues">,
  command: { projectId: number; into: number; from: number[]; by: string; at: number },
): Promise<IssueRecord> {
  const { projectId, into, by, at } = command;
  const from = [...new Set(command.from)].filter((id) => id !== into);
  if (from.length === 0 || from.length > MAX_MERGED)
    throw new ApiError("invalid_request", `from must name 1 to ${MAX_MERGED} issues other than ${into}.`);
  for (const id of [into, ...from])
    if ((await store.issues.get(projectId, id)) === null)
      throw new ApiError("not_found", `There is no issue ${id} in this project.`);

  // The digest may attach a hash to a source meanwhile: that source survives, and one more turn moves the rest.
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const hashes = (await Promise.all(from.map((id) => store.issues.listHashes(projectId, id)))).flat();
    if (hashes.length === 0) break;
    const hashIds = hashes.map((hash) => hash.id);
    const moved = await store.issues.regroup({ projectId, hashIds, into, action: "merge", by, at });
    if (moved === null) throw new ApiError("conflict", `Issue ${into} or a merged one is gone; read them again.`);
  }
  const merged = await store.issues.get(projectId, into);
  if (merged === null) throw new ApiError("conflict", `Issue ${into} was merged away meanwhile; read it again.`);
  return merged;
}
