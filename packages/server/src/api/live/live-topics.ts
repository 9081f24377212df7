/** Topic of `Shared` for `DigestNotice`. */
export const DIGESTED_TOPIC = "digested";

/** Topic for issues that a person changed. */
export const ISSUE_CHANGED_TOPIC = "issue-changed";
export interface IssuesChanged {
  projectId: number;
  issueIds: number[];
}

/** Topic for a person some of whose sessions ended: their streams are to prove themselves at once. */
export const SESSION_ENDED_TOPIC = "session-ended";
export interface SessionEnded {
  userId: number;
}

/** Topic for a finished analysis. */
export const ANALYSED_TOPIC = "analysed";
export interface IssueAnalysed {
  projectId: number;
  issueId: number;
}
