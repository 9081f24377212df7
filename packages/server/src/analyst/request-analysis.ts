import type { ErrorEvent } from "@gatewatch/protocol";
import { ApiError } from "../model/api-error.ts";
import type { Store } from "../model/store.ts";
import { createAnalysisOrder } from "./analyse-issues.ts";
import { explainByRules } from "./explain-by-rules.ts";

const COALESCE_MS = 10_000;

/**
 * Explains an issue anew, even when there is an explanation: the rules at once, then the model if there is one; orders to it within
 * ten seconds are one, and its answer comes later. Throws ApiError `not_found`.
 */
export async function requestAnalysis(
  store: Pick<Store, "issues" | "outbox">,
  command: { projectId: number; issueId: number; by: string; at: number },
  options: { hasModel: boolean; unpackEvent(body: Uint8Array): ErrorEvent },
): Promise<void> {
  const { projectId, issueId, by, at } = command;
  if ((await store.issues.get(projectId, issueId)) === null)
    throw new ApiError("not_found", `There is no issue ${issueId} in this project.`);
  const { hasModel, unpackEvent } = options;
  await explainByRules(store, { projectId, issueId, at }, { unpackEvent, pending: hasModel });
  if (!hasModel) return;
  const order = createAnalysisOrder(projectId, issueId, `asked ${Math.floor(at / COALESCE_MS)}`, at);
  await store.outbox.add([{ ...order, payload: { issueId, force: true, by } }]);
}
