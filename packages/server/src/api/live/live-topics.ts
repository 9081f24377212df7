/** Topic of `Shared` for `DigestNotice`. */
export const DIGESTED_TOPIC = "digested";

/** Topic for issues that a person changed. */
export const ISSUE_CHANGED_TOPIC = "issue-changed";
export interface IssuesChanged {
  projectId: number;
  issueIds: number[];
}

/** Topic for a finished analysis. */
export const ANALYSED_TOPIC = "analysed";
export interface IssueAnalysed {
  projectId: number;
  issueId: number;
}
