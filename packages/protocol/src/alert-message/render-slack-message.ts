import type { AlertFacts } from "./alert-facts.ts";
import { cleanText } from "../messages/clean-text.ts";
import { escapeSlack } from "../messages/escape-slack.ts";
import { nameUser } from "../messages/name-user.ts";
import { describeAlert, describeAnswer, formatMoment } from "./describe-alert.ts";

/** Limits of Slack's incoming webhooks: documented, but for the total, which is known from `msg_blocks_too_long`. */
export const SLACK_LIMITS = {
  maxBlocks: 50,
  maxSectionCharacters: 3000,
  maxHeaderCharacters: 150,
  maxFieldCharacters: 2000,
  maxTotalCharacters: 13_200,
} as const;

interface SlackText {
  type: "mrkdwn" | "plain_text";
  text: string;
}

export type SlackBlock =
  | { type: "header"; text: SlackText }
  | { type: "section"; text?: SlackText; fields?: SlackText[] }
  | { type: "context"; elements: SlackText[] }
  | { type: "actions"; elements: { type: "button"; text: SlackText; url: string }[] };

/** The body of one POST to an incoming webhook. */
export interface SlackMessage {
  /** Shown in notifications and where blocks are not. */
  text: string;
  blocks: SlackBlock[];
  attachments: { color: string; fallback: string; fields: { title: string; value: string; short: boolean }[] }[];
}

const RED = "#ff0000";
const UNKNOWN = "unknown";

/**
 * Renders an alert for Slack: Block Kit, and the red attachment with the facts of the request. Every string is cut and escaped, so that
 * no text of a stranger can mention, link or format.
 */
export function renderSlackMessage(alert: AlertFacts): SlackMessage {
  const summary = describeAlert(alert);
  const sentence = alert.request === null ? undefined : describeAnswer(alert.request.status, alert.request.path);
  const text = escapeSlack(`⚠️ ${sentence ?? summary}`, 300);
  return {
    text,
    blocks: [
      {
        type: "header",
        text: { type: "plain_text", text: cleanText(`⚠️ ${summary}`, SLACK_LIMITS.maxHeaderCharacters) },
      },
      ...describeIssue(alert),
      ...describeAnomaly(alert),
      ...describeAgent(alert),
      ...describeCause(alert),
      { type: "context", elements: [mrkdwn(contextLine(alert))] },
      ...linkTo(alert),
    ],
    attachments: [{ color: RED, fallback: text, fields: requestFields(alert) }],
  };
}

function mrkdwn(escaped: string): SlackText {
  return { type: "mrkdwn", text: escaped };
}

/** Text of a stranger in a code span: the only markup characters that work there are the escaped ones and the back tick. */
function code(text: string, max: number): string {
  return `\`${escapeSlack(text.replaceAll("`", "ʼ"), max)}\``;
}

function describeIssue({ issue, count }: AlertFacts): SlackBlock[] {
  if (issue !== null) {
    const lines = [code(issue.title, 300), issue.culprit === "" ? "" : `at ${code(issue.culprit, 200)}`];
    const people = issue.users === 1 ? "1 user" : `${issue.users} users`;
    const events = issue.events === 1 ? "1 event" : `${issue.events} events`;
    lines.push(`*${escapeSlack(issue.severity, 20)}* · ${events} · ${people}`);
    return [{ type: "section", text: mrkdwn(lines.filter((line) => line !== "").join("\n")) }];
  }
  if (count === null) return [];
  const line = `*${count.events}* errors for ${code(count.key, 280)} in ${Math.round(count.windowMs / 1000)} s`;
  return [{ type: "section", text: mrkdwn(line) }];
}

function describeAnomaly({ anomaly }: AlertFacts): SlackBlock[] {
  if (!anomaly) return [];
  const lines = [code(anomaly.subject, 250), code(anomaly.why.replaceAll("\n", " "), 400)];
  lines.push(`since ${formatMoment(anomaly.startedAt)} · p ${anomaly.pValue.toPrecision(2)}`);
  return [{ type: "section", text: mrkdwn(lines.join("\n")) }];
}

function describeAgent({ agent }: AlertFacts): SlackBlock[] {
  if (!agent) return [];
  const facts = [agent.severity, agent.category, agent.action].filter((fact) => fact !== null);
  const lines = [code(agent.message.replaceAll("\n", " "), 400), facts.map((fact) => code(fact, 60)).join(" · ")];
  return [{ type: "section", text: mrkdwn(lines.join("\n")) }];
}

function describeCause({ cause }: AlertFacts): SlackBlock[] {
  if (cause === null || cause.trim() === "") return [];
  return [{ type: "section", text: mrkdwn(`*Likely cause*\n${code(cause.replaceAll("\n", " "), 500)}`) }];
}

function contextLine({ projectName, rule, issue, at, suppressed }: AlertFacts): string {
  const parts = [escapeSlack(projectName, 60), escapeSlack(rule.name, 60)];
  if (issue?.environment) parts.push(escapeSlack(issue.environment, 40));
  if (issue?.release) parts.push(`release ${escapeSlack(issue.release, 60)}`);
  parts.push(formatMoment(at));
  if (suppressed !== undefined && suppressed > 0) parts.push(`+${suppressed} more`);
  return parts.map((part) => part.replaceAll(/[*_~`]/g, "ʼ")).join(" · ");
}

function linkTo({ link }: AlertFacts): SlackBlock[] {
  if (link === null || link.length > 3000 || !/^https?:\/\//.test(link)) return [];
  return [
    {
      type: "actions",
      elements: [{ type: "button", text: { type: "plain_text", text: "Open in Gatewatch" }, url: link }],
    },
  ];
}

function requestFields({ request, at }: AlertFacts): SlackMessage["attachments"][number]["fields"] {
  const field = (title: string, value: string, short: boolean) => ({ title, value: escapeSlack(value, 300), short });
  if (request === null) return [field("Timestamp", formatMoment(at), false)];
  return [
    field("Status Code", request.status === null ? UNKNOWN : String(request.status), true),
    field("Path", request.path || UNKNOWN, true),
    field("Client IP", request.client || UNKNOWN, true),
    field("Method", request.method || UNKNOWN, true),
    field("User-Agent", request.userAgent || UNKNOWN, false),
    field("User ID", nameUser(request.userId), true),
    field("Username", nameUser(request.username), true),
    field("Timestamp", formatMoment(at), false),
  ];
}
