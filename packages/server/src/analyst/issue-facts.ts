import type { IssueShare, Resource } from "@gatewatch/protocol";
import type { AppliedIssue } from "../model/applied-errors.ts";
import { HyperLogLog } from "../model/hyperloglog.ts";
import type { IssueRecord } from "../model/issue.ts";
import { combineShares, type IssueSpread } from "../model/issue-spread.ts";

/** What is known of an issue beside one of its events. */
export interface IssueFacts {
  issueId: number;
  title: string;
  events: number;
  users: number;
  firstRelease: string | null;
  release: string | null;
  releases: string[];
  routes: string[];
  /** How its events spread; empty when nobody has counted. */
  shares: IssueShare[];
  /** Of the last days; null when nobody has looked or no event fell into them. */
  spread: Pick<IssueSpread, "events" | "topUser" | "reach"> | null;
  regressed: boolean;
}

/** `counted`: shares over stored events, for what the spread does not tell. */
export function readFacts(
  record: IssueRecord,
  resource: Resource | undefined,
  spread: IssueSpread | null = null,
  counted: readonly IssueShare[] = [],
): IssueFacts {
  return {
    issueId: record.id,
    title: record.title,
    events: record.events,
    users: record.users === null ? 0 : HyperLogLog.parse(record.users).estimate(),
    firstRelease: record.firstRelease,
    release: resource?.release ?? record.lastRelease,
    releases: record.releases,
    routes: record.routes,
    // Who they are is nobody's business beyond the page: neither a model's nor a note's.
    shares: combineShares(counted, spread).filter(({ name }) => name !== "user"),
    spread,
    regressed: record.state === "regressed",
  };
}

export function readAppliedFacts(applied: AppliedIssue, spread: IssueSpread | null): IssueFacts {
  return readFacts(applied.record, applied.newest.resource, spread);
}
