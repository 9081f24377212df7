/** What a message about an alert is made of; every string may have been written by an attacker. Times are epoch milliseconds. */
export interface AlertFacts {
  projectName: string;
  rule: { name: string; kind: "newIssue" | "regression" | "criticalSeverity" | "errorCount" };
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
  count: { key: string; events: number; windowMs: number } | null;
  request: {
    status: number | null;
    path: string | null;
    method: string | null;
    client: string | null;
    userAgent: string | null;
    userId: string | null;
    username: string | null;
  } | null;
  cause: string | null;
  link: string | null;
  suppressed?: number;
}
