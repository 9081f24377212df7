import { hash } from "node:crypto";
import type { AlertRuleRow, Analysis, AnomalyRow, Attributes } from "@gatewatch/protocol";
import type { Alert, OutboxRow } from "../model/alert.ts";
import type { AppliedIssue } from "../model/applied-errors.ts";
import { HyperLogLog } from "../model/hyperloglog.ts";

const MAX_TEXT_CHARACTERS = 500;

export interface AlertContext {
  projectId: number;
  projectName: string;
  rule: AlertRuleRow;
  at: number;
  /** Address of the dashboard; null when the server does not know its own. */
  publicUrl: string | null;
}

/** An alert about one issue; the id is the same whenever the same unit of digest is played again. */
export function buildIssueAlert(context: AlertContext, applied: AppliedIssue, analysis: Analysis | undefined): Alert {
  const { record, newest } = applied;
  const { event, resource } = newest;
  return {
    ...buildFrame(context, `issue ${record.id}`),
    issue: {
      id: record.id,
      title: record.title,
      culprit: record.culprit,
      state: record.state,
      severity: record.severity,
      events: record.events,
      users: record.users === null ? 0 : HyperLogLog.parse(record.users).estimate(),
      firstSeen: record.firstSeen,
      release: resource?.release ?? record.lastRelease,
      environment: resource?.environment ?? null,
    },
    count: null,
    request:
      event.request === undefined
        ? null
        : {
            status: event.request.status ?? null,
            path: cut(event.request.url.split(/[?#]/, 1)[0]),
            method: event.request.method,
            client: event.request.client ?? null,
            userAgent: cut(event.request.userAgent),
            userId: event.user?.id === undefined || event.user.id === null ? null : String(event.user.id),
            username: cut(event.user?.username),
          },
    cause: cut(analysis?.status === "failed" ? null : analysis?.rootCause.text),
    link:
      context.publicUrl === null
        ? null
        : `${context.publicUrl.replace(/\/+$/, "")}/issues/${record.id}?project=${context.projectId}`,
  };
}

/** An alert about many errors on one route. */
export function buildCountAlert(context: AlertContext, count: NonNullable<Alert["count"]>): Alert {
  return {
    ...buildFrame(context, `count ${count.key}`),
    issue: null,
    count,
    request: null,
    cause: null,
    link: context.publicUrl,
  };
}

/** An alert about what the detectors found; `others` were found with it. */
export function buildAnomalyAlert(context: AlertContext, anomaly: AnomalyRow, others: number): Alert {
  const { kind, stream, measure, why, pValue, startedAt } = anomaly;
  const name = stream === "" ? "the whole project" : stream;
  const subject = kind === "event" ? `event of ${name}` : `${measure} of ${name}`;
  return {
    ...buildFrame(context, `anomaly ${kind} ${measure} ${stream} ${startedAt}`),
    issue: null,
    count: null,
    anomaly: {
      subject: toLine(subject),
      why: toLine(why),
      pValue,
      startedAt,
    },
    request: null,
    cause: null,
    link:
      context.publicUrl === null
        ? null
        : `${context.publicUrl.replace(/\/+$/, "")}/protection?project=${context.projectId}`,
    ...(others > 0 ? { suppressed: others } : {}),
  };
}

/** One row per channel, so that a channel that is down holds up no other. */
export function toOutboxRow(alert: Alert, channelId: number): OutboxRow {
  return {
    id: `${alert.id}:${channelId}`,
    projectId: alert.projectId,
    kind: "alert",
    channelId,
    payload: toPayload(alert),
    createdAt: alert.at,
    attempts: 0,
    dueAt: alert.at,
    leaseUntil: null,
    state: "waiting",
    lastError: null,
  };
}

/** Every field of an alert is JSON. */
function toPayload(alert: Alert): Attributes {
  return alert as unknown as Attributes;
}

function buildFrame(
  { projectId, projectName, rule, at }: AlertContext,
  subject: string,
): Pick<Alert, "id" | "projectId" | "projectName" | "rule" | "at"> {
  return {
    id: hash("sha256", JSON.stringify([projectId, rule.id, subject, at]), "hex").slice(0, 32),
    projectId,
    projectName,
    rule: { id: rule.id, name: rule.name, kind: rule.when.kind },
    at,
  };
}

/** Control characters, line ends and changes of direction: what can forge a line of a message. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu;

/** A stranger's text as one line. */
function toLine(text: string): string {
  return text.slice(0, MAX_TEXT_CHARACTERS).replaceAll(UNPRINTABLE, " ");
}

function cut(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : text.slice(0, MAX_TEXT_CHARACTERS);
}
