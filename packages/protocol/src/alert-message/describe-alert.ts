import { describeStatus } from "../messages/describe-failure.ts";
import { formatTime } from "../messages/format-time.ts";
import type { AlertFacts } from "./alert-facts.ts";

const HEADLINES = {
  newIssue: "New issue",
  regression: "An issue came back",
  criticalSeverity: "Critical issue",
  errorCount: "Many errors on one route",
  anomaly: "Something unusual",
  agent: "An agent asks for attention",
} as const satisfies Record<AlertFacts["rule"]["kind"], string>;

/** What happened, in a few words; plain text, not escaped for any medium. */
export function describeAlert(alert: AlertFacts): string {
  const headline = HEADLINES[alert.rule.kind];
  if (alert.count !== null) {
    const { events, key, windowMs } = alert.count;
    return `${headline}: ${events} errors for ${key} in ${Math.round(windowMs / 1000)} s`;
  }
  if (alert.anomaly) return `${headline}: ${alert.anomaly.subject}: ${alert.anomaly.why}`;
  if (alert.agent) return `${describeAction(alert.agent)}: ${alert.agent.message}`;
  return alert.issue === null ? headline : `${headline}: ${alert.issue.title}`;
}

function describeAction({ action, workflow }: NonNullable<AlertFacts["agent"]>): string {
  if (workflow !== null) return `An agent starts the workflow ${workflow}`;
  return action === "escalate" ? "An agent escalates" : HEADLINES.agent;
}

/** One sentence about an answer; undefined when there was none. */
export function describeAnswer(status: number | null, path: string | null): string | undefined {
  if (status === null) return undefined;
  const place = path ?? "unknown path";
  return describeStatus(status, place) ?? `${status} Error at ${place}`;
}

/** `YYYY-MM-DD HH:MM:SS UTC` */
export function formatMoment(at: number): string {
  return formatTime(at);
}
