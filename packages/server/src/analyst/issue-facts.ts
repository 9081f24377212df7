import type { IssueShare, Resource } from "@gatewatch/protocol";
import type { AppliedIssue } from "../model/applied-errors.ts";
import { HyperLogLog } from "../model/hyperloglog.ts";
import type { IssueRecord } from "../model/issue.ts";

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
  /** How its stored events spread; empty when nobody has counted. */
  shares: IssueShare[];
  regressed: boolean;
}

export function readFacts(record: IssueRecord, resource: Resource | undefined, shares: IssueShare[] = []): IssueFacts {
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
    shares: shares.filter(({ name }) => name !== "user"),
    regressed: record.state === "regressed",
  };
}

export function readAppliedFacts(applied: AppliedIssue): IssueFacts {
  return readFacts(applied.record, applied.newest.resource);
}
