import type { ResolvedOptions } from "./options/resolve-options.ts";
import { StatusSet } from "./options/values/status-set.ts";
import type { LocalChannel } from "./ship/channels/local-channel.ts";
import { createMailSink } from "./ship/create-mail-sink.ts";
import { createSlackSink } from "./ship/create-slack-sink.ts";
import type { Logger } from "./ship/logger.ts";

/** A channel, and how it is spoken of. */
export interface OpenChannel {
  channel: LocalChannel;
  /** Null: as for all destinations. */
  clientAddress: "keep" | "hash" | "drop" | null;
  label: string;
}

/** The channels to people that the options name. One that is named without an address is said once, and stays closed. */
export function openChannels(options: ResolvedOptions, logger: Logger, warnings: string[]): OpenChannel[] {
  const { timeZone, service, slack, email, errorBoundary } = options;
  const shared = { logger, timeZone, service, statuses: new StatusSet(errorBoundary.notify).list() };
  const opened: OpenChannel[] = [];
  if (slack.webhookUrl !== null && isWebAddress(slack.webhookUrl)) {
    const channel = createSlackSink({ ...shared, webhookUrl: slack.webhookUrl, cooldownMs: slack.cooldownMs });
    opened.push({ channel, clientAddress: slack.clientAddress, label: "Slack (failures only)" });
  } else if (slack.webhookUrl !== null) {
    // The address is a secret, and is not repeated.
    warnings.push(
      "slack.webhookUrl (GATEWATCH_SLACK_WEBHOOK_URL) is no http or https address: nothing is sent to Slack.",
    );
  } else if (isAsked(options, "slack")) {
    warnings.push("Slack has no address (slack.webhookUrl, GATEWATCH_SLACK_WEBHOOK_URL): nothing is sent to it.");
  }
  const hasWay = email.sendMail !== null || isMailAddress(email.smtpUrl);
  if (email.to.length > 0 && hasWay) {
    const { to, from, smtpUrl, sendMail, cooldownMs } = email;
    const channel = createMailSink({ ...shared, to, from, smtpUrl, sendMail, cooldownMs });
    opened.push({ channel, clientAddress: email.clientAddress, label: "e-mail (failures only)" });
  } else if (isAsked(options, "email")) {
    const missing =
      email.to.length === 0
        ? "nobody to tell (email.to, GATEWATCH_EMAIL_TO)"
        : "no mail server: email.smtpUrl (GATEWATCH_EMAIL_SMTP_URL) must begin with smtp:// or smtps://, or email.sendMail be a function";
    warnings.push(`E-mail has ${missing}. None is sent.`);
  }
  return opened;
}

function isAsked({ set }: ResolvedOptions, group: string): boolean {
  return set.some((key) => key.startsWith(`${group}.`));
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:/i.test(text);
}

function isMailAddress(text: string | null): boolean {
  return text !== null && URL.canParse(text) && /^smtps?:/i.test(text);
}
