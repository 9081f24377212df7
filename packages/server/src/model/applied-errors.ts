import type { ErrorEvent, Resource, Severity } from "@gatewatch/protocol";
import type { IssueOutcome, IssueRecord } from "./issue.ts";

/** One decoded error event on its way through a unit of digest. */
export interface ErrorArrival {
  event: ErrorEvent;
  /** The event's own id, or `batch:index`: unique in the project. */
  id: string;
  receivedAt: number;
  resource?: Resource;
}

/** What a unit of digest did to one issue. */
export interface AppliedIssue {
  /** As written by this unit. */
  record: IssueRecord;
  outcome: IssueOutcome;
  /** Severity before this unit; null for a new issue. */
  severityBefore: Severity | null;
  /** Whether its newest event comes from a release in which it had not been seen. */
  isNewRelease: boolean;
  /** Occurrences that this unit added, the folded ones included. */
  added: number;
  newest: ErrorArrival;
}

/** Exceptions per route template and minute, for rules that count. */
export interface RouteErrorCount {
  /** `METHOD route`; `METHOD (no route)` where none matched. */
  key: string;
  /** Epoch milliseconds of the minute's start. */
  minute: number;
  count: number;
}

/** Everything that the later stages of the digest and the live view need to know of a project's errors in one unit. */
export interface AppliedErrors {
  projectId: number;
  issues: AppliedIssue[];
  /** `event.id` → issue, for the rows of requests that name their error. */
  issueByEvent: Map<string, number>;
  exceptions: RouteErrorCount[];
}

/** The key under which answers and exceptions of a route are counted together. */
export function routeErrorKey(method: string, route: string | null | undefined): string {
  return `${method.slice(0, 16)} ${(route ?? "(no route)").slice(0, 256)}`;
}
