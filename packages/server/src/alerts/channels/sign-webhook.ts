import { createHmac } from "node:crypto";

const PREFIX = "whsec_";
const LEAST_BYTES = 24;
const MOST_BYTES = 64;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The key of a secret such as `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`; undefined when it is none. */
export function tryParseWebhookSecret(secret: string): Uint8Array | undefined {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : "";
  if (!BASE64.test(text)) return undefined;
  const key = Buffer.from(text, "base64");
  return key.length >= LEAST_BYTES && key.length <= MOST_BYTES ? key : undefined;
}

/**
 * The headers by which a receiver knows that a message is ours, whole, new and not seen before.
 * Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signWebhook(
  key: Uint8Array,
  message: { id: string; atMs: number; body: string },
): Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string> {
  const timestamp = String(Math.floor(message.atMs / 1000));
  const signature = createHmac("sha256", key).update(`${message.id}.${timestamp}.${message.body}`).digest("base64");
  return { "webhook-id": message.id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
