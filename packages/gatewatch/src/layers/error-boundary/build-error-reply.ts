import type { EarlyReply, Exchange } from "../../gate/exchange.ts";
import { phraseOf } from "./status-phrases.ts";
import type { StatusByType } from "../../options/values/parse-status-table.ts";
import { isExposed, resolveStatus } from "./resolve-status.ts";

export interface ErrorReplySettings {
  statusByType: StatusByType | null;
  /** Name of the app, in every answer; null: none. */
  service: string | null;
  /** Seconds since the request began. */
  durationSeconds?: number | undefined;
  /** Type and message, redacted. */
  describe(): { type: string; message: string };
  /** Whether strangers may see both; without it only messages that were meant for them. */
  showsDetails: boolean;
  /** Epoch milliseconds. */
  at: number;
}

const MAX_PATH = 2048;
const MAX_MESSAGE = 2000;
/** What an error of the app may say about its answer beside the status, as http-errors and Express have it. */
const ALLOWED_HEADERS = ["Retry-After", "Allow", "WWW-Authenticate"] as const;
const FIELD_VALUE = /^[\u0020-\u007e]{1,1000}$/;

/** `{"error":{"id","type","message","timestamp","path","method"}}`: who has the id finds the rest in the log and on the server. */
export function buildErrorReply(x: Exchange, error: unknown, settings: ErrorReplySettings): EarlyReply {
  const status = resolveStatus(error, settings.statusByType);
  const { service, durationSeconds, showsDetails } = settings;
  const told = showsDetails || isExposed(error, status) ? settings.describe() : undefined;
  const phrase = phraseOf(status);
  const body: Record<string, unknown> = {
    id: x.errorId ?? x.requestId,
    type: (showsDetails ? told?.type : undefined) ?? phrase.replaceAll(/[^A-Za-z]/g, ""),
    message: told?.message.slice(0, MAX_MESSAGE) ?? phrase,
    timestamp: new Date(settings.at).toISOString(),
    path: x.path.slice(0, MAX_PATH),
    method: x.method,
  };
  if (durationSeconds !== undefined) body["duration"] = Math.round(durationSeconds * 1000) / 1000;
  if (service !== null) body["service"] = service;
  return {
    status,
    headers: {
      ...headersOf(error),
      "Content-Type": "application/json; charset=utf-8",
      "Cache-Control": "no-store",
    },
    body: JSON.stringify({ error: body }),
  };
}

function headersOf(error: unknown): Record<string, string> {
  const taken: Record<string, string> = {};
  try {
    const { headers } = (error ?? {}) as { headers?: unknown };
    if (typeof headers !== "object" || headers === null) return taken;
    for (const [name, value] of Object.entries(headers).slice(0, 50)) {
      const known = ALLOWED_HEADERS.find((allowed) => allowed.toLowerCase() === name.toLowerCase());
      const text = typeof value === "number" ? String(value) : value;
      if (known !== undefined && typeof text === "string" && FIELD_VALUE.test(text)) taken[known] = text;
    }
  } catch {
    // Getters of the app's errors may throw.
  }
  return taken;
}
