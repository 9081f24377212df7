import type { SendResult } from "./batch.ts";

/** Codes after which the same batch can never be taken. */
const REFUSALS = new Set(["unreadable_frame", "invalid_request", "unsupported_media_type", "method_not_allowed"]);

/** Reads `BatchAnswer` or an acknowledgement; undefined when it is neither, or about another batch. */
export function tryReadAcceptance(answer: unknown, batchId: string, key: "batch" | "ack"): SendResult | undefined {
  if (!isObject(answer) || answer[key] !== batchId || typeof answer["accepted"] !== "number") return undefined;
  const rejected = answer["rejected"];
  return {
    kind: "delivered",
    rejected: Array.isArray(rejected) ? rejected.length : 0,
    duplicate: answer["duplicate"] === true,
  };
}

/** What a `nack` asks for. */
export function readRefusal(code: string, message: string, retryAfterMs: unknown): SendResult {
  const text = `${code}: ${message}`.slice(0, 300);
  if (code === "unauthorized" || code === "forbidden") return { kind: "unauthorized", message: text };
  if (code === "payload_too_large") return { kind: "tooLarge", message: text };
  const wait = typeof retryAfterMs === "number" && retryAfterMs >= 0 ? Math.min(retryAfterMs, 3_600_000) : undefined;
  if (wait === undefined && REFUSALS.has(code)) return { kind: "refused", message: text };
  return {
    kind: "retry",
    message: text,
    suspect: code === "internal",
    ...(wait === undefined ? {} : { afterMs: wait }),
  };
}

export function tryParseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
