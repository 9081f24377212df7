import type { AlertFacts } from "./alert-facts.ts";

const HEADLINES = {
  newIssue: "New issue",
  regression: "An issue came back",
  criticalSeverity: "Critical issue",
  errorCount: "Many errors on one route",
} as const satisfies Record<AlertFacts["rule"]["kind"], string>;

/** What happened, in a few words; plain text, not escaped for any medium. */
export function describeAlert(alert: AlertFacts): string {
  const headline = HEADLINES[alert.rule.kind];
  if (alert.count !== null) {
    const { events, key, windowMs } = alert.count;
    return `${headline}: ${events} errors for ${key} in ${Math.round(windowMs / 1000)} s`;
  }
  return alert.issue === null ? headline : `${headline}: ${alert.issue.title}`;
}

/** One sentence about an answer; undefined when there was none. */
export function describeStatus(status: number | null, path: string | null): string | undefined {
  const place = path ?? "unknown path";
  switch (status) {
    case 400:
      return `400 Error: Bad request at ${place}`;
    case 403:
      return `403 Error: Forbidden access to ${place}`;
    case 404:
      return `404 Error: ${place} not found`;
    case 500:
      return `500 Error: Server error at ${place}`;
    case null:
      return undefined;
    default:
      return `${status} Error at ${place}`;
  }
}

/** `YYYY-MM-DD HH:MM:SS UTC` */
export function formatMoment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
