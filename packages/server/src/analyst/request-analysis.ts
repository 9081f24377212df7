import { ApiError } from "../model/api-error.ts";
import type { Store } from "../model/store.ts";
import { createAnalysisOrder } from "./analyse-issues.ts";

const COALESCE_MS = 10_000;

/**
 * Asks the model for an explanation, anew even when there is one; orders within ten seconds are one. The answer comes later.
 * Throws ApiError `not_found`, and `invalid_request` when no model is configured.
 */
export async function requestAnalysis(
  store: Pick<Store, "issues" | "outbox">,
  command: { projectId: number; issueId: number; by: string; at: number },
  options: { hasModel: boolean },
): Promise<void> {
  const { projectId, issueId, by, at } = command;
  if ((await store.issues.get(projectId, issueId)) === null)
    throw new ApiError("not_found", `There is no issue ${issueId} in this project.`);
  if (!options.hasModel)
    throw new ApiError(
      "invalid_request",
      "No model is configured, and the rules have said what they know; set GATEWATCH_ANALYST, GATEWATCH_ANALYST_MODEL and GATEWATCH_ANALYST_KEY.",
    );
  const order = createAnalysisOrder(projectId, issueId, `asked ${Math.floor(at / COALESCE_MS)}`, at);
  await store.outbox.add([{ ...order, payload: { issueId, force: true, by } }]);
}
