/** What a message about an alert is made of; every string may have been written by an attacker. Times are epoch milliseconds. */
export interface AlertFacts {
  projectName: string;
  rule: { name: string; kind: "newIssue" | "regression" | "criticalSeverity" | "errorCount" | "anomaly" | "agent" };
  at: number;
  issue: {
    title: string;
    culprit: string;
    severity: string;
    events: number;
    users: number;
    firstSeen: number;
    release: string | null;
    environment: string | null;
  } | null;
  /** For count rules: what was counted. */
  count: { key: string; events: number; windowMs: number } | null;
  /** What stands out, and why: of a series `p95 of GET /cart`, of an event the name of its stream. */
  anomaly?: { subject: string; why: string; pValue: number; startedAt: number } | null;
  /** What an agent asks people, or a workflow, to do. */
  agent?: {
    action: string;
    message: string;
    category: string | null;
    severity: string | null;
    workflow: string | null;
  } | null;
  /** Facts of the newest request, for the fields of the message. */
  request: {
    status: number | null;
    path: string | null;
    method: string | null;
    client: string | null;
    userAgent: string | null;
    userId: string | null;
    username: string | null;
  } | null;
  /** First lines of the instant analysis. */
  cause: string | null;
  /** Absolute address of the issue on the dashboard, when the server knows its own. */
  link: string | null;
  /** Further alerts that were held back by the channel's cap and are told here. */
  suppressed?: number;
}
