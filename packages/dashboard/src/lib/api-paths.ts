import type { StreamRow } from "@gatewatch/protocol";
import type { TimeRangeId } from "./time-range.ts";

/** The address of each question. The page's boot data is keyed by these very strings. */

export const SESSION_PATH = "/api/session";

export function overviewPath(project: number, range: TimeRangeId): string {
  return `/api/overview?project=${project}&range=${range}`;
}

export function routesPath(project: number, range: TimeRangeId): string {
  return `/api/routes?project=${project}&range=${range}`;
}

export interface IssueFilter {
  tab: IssueTab;
  query: string;
}

export const ISSUE_TABS = ["unresolved", "new", "regressed", "resolved", "ignored", "all"] as const;
export type IssueTab = (typeof ISSUE_TABS)[number];

const ISSUES_PAGE = 50;

const TAB_STATES: Record<IssueTab, string> = {
  unresolved: "new,ongoing,regressed",
  new: "new",
  regressed: "regressed",
  resolved: "resolved",
  ignored: "ignored",
  all: "",
};

export function issuesPath(project: number, filter: IssueFilter, cursor: string | null): string {
  const states = TAB_STATES[filter.tab];
  return [
    `/api/issues?project=${project}`,
    `limit=${ISSUES_PAGE}`,
    ...(states ? [`states=${states}`] : []),
    ...(filter.query ? [`q=${encodeURIComponent(filter.query)}`] : []),
    ...(cursor ? [`cursor=${encodeURIComponent(cursor)}`] : []),
  ].join("&");
}

export function issuePath(project: number, id: number): string {
  return `/api/issues/${id}?project=${project}`;
}

export function issueEventsPath(project: number, id: number): string {
  return `/api/issues/${id}/events?project=${project}`;
}

export function issueAnalysisPath(project: number, id: number): string {
  return `/api/issues/${id}/analysis?project=${project}`;
}

export function issueMergePath(project: number, into: number): string {
  return `/api/issues/${into}/merge?project=${project}`;
}

export function issueSplitPath(project: number, id: number): string {
  return `/api/issues/${id}/split?project=${project}`;
}

export function eventPath(project: number, id: string): string {
  return `/api/events/${encodeURIComponent(id)}?project=${project}`;
}

export function livePath(project: number): string {
  return `/api/live?project=${project}`;
}

export function protectionPath(project: number, range: TimeRangeId): string {
  return `/api/protection?project=${project}&range=${range}`;
}

export function anomalyPath(project: number, id: number): string {
  return `/api/anomalies/${id}?project=${project}`;
}

export function anomalyFeedbackPath(project: number, id: number): string {
  return `/api/anomalies/${id}/feedback?project=${project}`;
}

export function streamsPath(project: number): string {
  return `/api/streams?project=${project}`;
}

export function streamPath(project: number, { kind, stream, measure }: StreamRow): string {
  const of = measure === null ? "" : `&measure=${measure}`;
  return `/api/streams/one?project=${project}&kind=${kind}&stream=${encodeURIComponent(stream)}${of}`;
}
