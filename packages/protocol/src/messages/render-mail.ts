import { cleanLine } from "./clean-text.ts";
import { describeFailure, describeMore, describeThreshold } from "./describe-failure.ts";
import { escapeHtml } from "./escape-html.ts";
import type { FailureFacts, MessageSettings, ThresholdFacts } from "./failure-facts.ts";
import { formatTime } from "./format-time.ts";
import { listFields, type MessageField } from "./list-fields.ts";

/** What an e-mail says; the subject is one line. */
export interface MailText {
  subject: string;
  text: string;
  html: string;
}

/** One e-mail, in the words of nodemailer. */
export interface Mail extends MailText {
  from: string;
  to: readonly string[];
}

/** Sends one e-mail; what it throws, or its promise, says that it failed. */
export type SendMail = (mail: Mail) => unknown;

const MAX_SUBJECT = 200;
const MAX_FIELD = 500;

/** A failed request as an e-mail; no text of a stranger can add a header or a tag. */
export function renderMailFailure(facts: FailureFacts, settings: MessageSettings = {}): MailText {
  const sentence = `${describeFailure(facts, cleanLine(facts.path, MAX_FIELD))}${describeMore(facts.more)}`;
  return frame("⚠️", sentence, facts.service, listFields(facts, settings));
}

/** Many errors of one kind, as an e-mail. */
export function renderMailThreshold(facts: ThresholdFacts, { timeZone }: MessageSettings = {}): MailText {
  return frame("🚨", describeThreshold(facts, cleanLine(facts.key, MAX_FIELD)), facts.service, [
    { title: "Threshold", value: String(facts.threshold), short: true },
    { title: "Timestamp", value: formatTime(facts.at, timeZone), short: false },
  ]);
}

function frame(
  sign: string,
  sentence: string,
  service: string | null | undefined,
  fields: readonly MessageField[],
): MailText {
  const rows = [...(service ? [{ title: "Service", value: service }] : []), ...fields].map(({ title, value }) => ({
    title,
    value: cleanLine(value, MAX_FIELD),
  }));
  const prefix = service ? `[${cleanLine(service, 60)}] ` : "";
  const cells = rows.map(
    ({ title, value }) => `<tr><th align="left">${escapeHtml(title)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return {
    subject: cleanLine(`${prefix}${sign} ${sentence}`, MAX_SUBJECT),
    text: [`${sign} ${sentence}`, "", ...rows.map(({ title, value }) => `${title}: ${value}`), ""].join("\n"),
    html: `<p><strong>${sign} ${escapeHtml(sentence)}</strong></p><table>${cells.join("")}</table>`,
  };
}
