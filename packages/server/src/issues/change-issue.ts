import type { Json } from "@gatewatch/protocol";
import { ApiError } from "../model/api-error.ts";
import type { IssueRecord } from "../model/issue.ts";
import type { Store } from "../model/store.ts";
import { Turns } from "./turns.ts";

const MAX_TRIES = 16;

/** People who change one issue at once would only make each other read it again: they take turns. */
const turns = new WeakMap<Store["issues"], Turns>();

/** Who changes which issue, and when. */
export interface IssueTarget {
  projectId: number;
  issueId: number;
  /** Shown in the activity, for example an e-mail address or a token's name. */
  by: string;
  /** Epoch milliseconds. */
  at: number;
}

export interface IssueChange {
  patch: Partial<Omit<IssueRecord, "id" | "projectId" | "version">>;
  action: string;
  detail?: Json;
}

/**
 * Reads, decides and writes, again when the digest was faster. `decide` returns undefined when there is nothing to do.
 * Throws ApiError `not_found`, and `conflict` after sixteen lost races.
 */
export function changeIssue(
  store: Pick<Store, "issues">,
  target: IssueTarget,
  decide: (issue: IssueRecord) => IssueChange | undefined,
): Promise<IssueRecord> {
  let line = turns.get(store.issues);
  if (line === undefined) turns.set(store.issues, (line = new Turns()));
  return line.take(`${target.projectId}:${target.issueId}`, () => changeInTurn(store, target, decide));
}

async function changeInTurn(
  store: Pick<Store, "issues">,
  target: IssueTarget,
  decide: (issue: IssueRecord) => IssueChange | undefined,
): Promise<IssueRecord> {
  const { projectId, issueId, by, at } = target;
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const issue = await store.issues.get(projectId, issueId);
    if (issue === null) throw new ApiError("not_found", `There is no issue ${issueId} in this project.`);
    const change = decide(issue);
    if (change === undefined) return issue;
    const { patch, ...activity } = change;
    const written = await store.issues.update(projectId, issueId, issue.version, patch, { at, by, ...activity });
    if (written !== null) return written;
  }
  throw new ApiError("conflict", `Issue ${issueId} is being changed by others; read it again and repeat.`);
}
