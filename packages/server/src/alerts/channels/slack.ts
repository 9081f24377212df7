import { renderSlackMessage } from "@gatewatch/protocol/alert-message/render-slack-message";
import type { Channel, SendResult } from "../../model/alert.ts";
import { ChannelConfigError } from "../../model/channel-config-error.ts";
import { parseRetryAfter } from "../parse-retry-after.ts";
import { parseWebhookUrl } from "./parse-webhook-url.ts";
import { readAnswerStart } from "./read-answer-start.ts";

const MAX_REASON_CHARACTERS = 200;

export interface SlackConfig {
  /** Address of an incoming webhook; it is the secret. */
  webhookUrl: string;
}

/** Slack, and whatever understands its incoming webhooks (Mattermost, Rocket.Chat). */
export const slackChannel: Channel<SlackConfig> = {
  name: "slack",
  configSchema: {
    type: "object",
    required: ["webhookUrl"],
    additionalProperties: false,
    properties: {
      webhookUrl: {
        type: "string",
        format: "uri",
        title: "Webhook address",
        description: "From Slack: Apps → Incoming Webhooks → Add to a channel.",
        secret: true,
      },
    },
  },

  parseConfig(value) {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new ChannelConfigError("config", "must be an object with webhookUrl");
    const unknown = Object.keys(value).find((key) => key !== "webhookUrl");
    if (unknown !== undefined)
      throw new ChannelConfigError(unknown, "is not known; a Slack channel has webhookUrl alone");
    return { webhookUrl: parseWebhookUrl("webhookUrl", "webhookUrl" in value ? value.webhookUrl : undefined) };
  },

  async send(alert, config, signal) {
    try {
      const answer = await fetch(config.webhookUrl, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(renderSlackMessage(alert)),
        // A redirect could lead into the private network that the address itself must not name.
        redirect: "error",
        signal,
      });
      return readAnswer(answer, await readAnswerStart(answer));
    } catch (error) {
      return { ok: false, retry: true, message: `Slack could not be reached: ${reasonOf(error)}` };
    }
  },
};

function readAnswer(answer: Response, text: string): SendResult {
  if (answer.ok) return { ok: true };
  const message = `Slack answered ${answer.status}: ${text}`;
  const retry = answer.status >= 500 || answer.status === 408 || answer.status === 429;
  const retryAfterMs = parseRetryAfter(answer.headers.get("retry-after"), Date.now());
  return { ok: false, retry, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown failure";
  if (error.name === "TimeoutError" || error.name === "AbortError") return "no answer in time";
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : error.message.slice(0, MAX_REASON_CHARACTERS);
}
