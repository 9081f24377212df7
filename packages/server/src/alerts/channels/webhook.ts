import type { Json } from "@gatewatch/protocol";
import type { Alert, Channel, SendResult } from "../../model/alert.ts";
import { ChannelConfigError } from "../../model/channel-config-error.ts";
import { parseRetryAfter } from "../parse-retry-after.ts";
import { parseWebhookUrl } from "./parse-webhook-url.ts";
import { readAnswerStart } from "./read-answer-start.ts";
import { signWebhook, tryParseWebhookSecret } from "./sign-webhook.ts";

const MAX_REASON_CHARACTERS = 200;
const SENDS = ["everything", "workflows"] as const;

export interface WebhookConfig {
  url: string;
  key: Uint8Array;
  /** `workflows`: alerts of other kinds are not for this one. */
  sends: (typeof SENDS)[number];
}

/** An address of the user's own that gets signed JSON: alerts, and the workflows that agents start. */
export const webhookChannel: Channel<WebhookConfig> = {
  name: "webhook",
  configSchema: {
    type: "object",
    required: ["url", "secret"],
    additionalProperties: false,
    properties: {
      url: { type: "string", format: "uri", title: "Address", description: "Gets a POST with JSON.", secret: true },
      secret: {
        type: "string",
        title: "Signing secret",
        description: "whsec_ and 24 to 64 random bytes in base64, as Standard Webhooks has them.",
        secret: true,
      },
      sends: {
        type: "string",
        enum: [...SENDS],
        title: "What it gets",
        description: "Everything that alerts tell of, or only the workflows that agents start.",
      },
    },
  },

  parseConfig(value) {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new ChannelConfigError("config", "must be an object with url and secret");
    const fields = value as Record<string, unknown>;
    const unknown = Object.keys(fields).find((key) => key !== "url" && key !== "secret" && key !== "sends");
    if (unknown !== undefined)
      throw new ChannelConfigError(unknown, "is not known; a webhook has url, secret and sends alone");
    const { secret, sends = "everything" } = fields;
    const key = typeof secret === "string" ? tryParseWebhookSecret(secret) : undefined;
    if (key === undefined)
      throw new ChannelConfigError("secret", "must be whsec_ and 24 to 64 bytes in base64 (openssl rand -base64 32)");
    const known = SENDS.find((word) => word === sends);
    if (known === undefined) throw new ChannelConfigError("sends", `must be one of ${SENDS.join(", ")}`);
    return { url: parseWebhookUrl("url", fields["url"]), key, sends: known };
  },

  async send(alert, { url, key, sends }, signal) {
    if (sends === "workflows" && !isWorkflow(alert)) return { ok: true };
    const atMs = Date.now();
    const body = JSON.stringify(writeWebhookBody(alert));
    try {
      const answer = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "user-agent": "gatewatch",
          ...signWebhook(key, { id: alert.id, atMs, body }),
        },
        body,
        // A redirect could lead into the private network that the address itself must not name.
        redirect: "manual",
        signal,
      });
      return readAnswer(answer, await readAnswerStart(answer));
    } catch (error) {
      return { ok: false, retry: true, message: `The webhook could not be reached: ${reasonOf(error)}` };
    }
  },
};

function isWorkflow({ agent }: Alert): boolean {
  return typeof agent?.workflow === "string";
}

/** `{ type, timestamp, data }`, as Standard Webhooks has it. */
export function writeWebhookBody(alert: Alert): Record<string, Json> {
  const { at, ...data } = alert;
  const type = isWorkflow(alert) ? "workflow.triggered" : `alert.${alert.rule.kind}`;
  // Every field of an alert is JSON.
  return { type, timestamp: new Date(at).toISOString(), data: data as unknown as Json };
}

function readAnswer(answer: Response, text: string): SendResult {
  if (answer.ok) return { ok: true };
  if (answer.status >= 300 && answer.status < 400)
    return { ok: false, retry: false, message: `The webhook answered ${answer.status}: redirects are not followed.` };
  const retry = answer.status >= 500 || answer.status === 408 || answer.status === 429;
  const retryAfterMs = parseRetryAfter(answer.headers.get("retry-after"), Date.now());
  const message = `The webhook answered ${answer.status}: ${text}`;
  return { ok: false, retry, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown failure";
  if (error.name === "TimeoutError" || error.name === "AbortError") return "no answer in time";
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : error.message.slice(0, MAX_REASON_CHARACTERS);
}
