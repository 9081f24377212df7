import type { MetricEvent } from "@gatewatch/protocol";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import { methodPattern } from "@gatewatch/protocol/schema/event-schema";
import { IDENTITY_LENGTHS, MAX_DURATION_MS, TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { cutText } from "../clean-text.ts";
import { type EventProblem, wrongField } from "../event-problem.ts";
import { settleTime } from "../event-time.ts";
import { isStatus } from "../request-fields.ts";
import { guessRoute } from "./guess-route.ts";
import { isHealthPath } from "./is-health-path.ts";
import type { Pseudonyms } from "./pseudonym-cache.ts";
import { readCaptured } from "./read-captured.ts";
import { readCustomData } from "./read-custom-data.ts";
import { parseTimeText } from "../parse-time-text.ts";

type Fields = Record<string, unknown>;

const METHOD = new RegExp(methodPattern);
/** Calls of tools and models have addresses of their own instead of a path. */
const CALL = /^(?:mcp|llm):\/\//i;
const SCHEME = /^[a-z][a-z0-9+.-]{0,15}$/i;

/** A request as the native wire has it, and what the app has measured in it. */
export interface CerberusReading {
  request: Fields;
  metrics: MetricEvent[];
}

/** Reads one event; not checked and not redacted yet but for what only this language knows. `filtered`: a probe of the app's health. */
export function readCerberusEvent(
  fields: Fields,
  redactor: Redactor,
  pseudonyms: Pseudonyms,
  receivedAt: number,
): CerberusReading | EventProblem | "filtered" {
  const { endpoint, method } = fields;
  if (typeof endpoint !== "string" || endpoint === "") return wrongField("endpoint", endpoint, "a path");
  if (typeof method !== "string" || !METHOD.test(method))
    return wrongField("method", method, "a method of at most 32 letters, _ or -");
  const path = cutText(endpoint.split(/[?#]/, 1)[0]!, TRUNCATED_LENGTHS.path);
  const isCall = CALL.test(path);
  if (!isCall && isHealthPath(path)) return "filtered";
  const time = readTime(fields["timestamp"], receivedAt);
  const route = redactor.redactUrl(isCall ? cutText(path, IDENTITY_LENGTHS.route) : guessRoute(path));
  const { attributes, metrics } = readCustomData(fields["custom_data"], redactor, time, route);
  const request: Fields = {
    time,
    method,
    route,
    path,
    status: isStatus(fields["status_code"]) ? fields["status_code"] : 0,
    durationMs: readDuration(fields["latency_ms"]),
    attributes: { ...attributes, ...readCaptured(fields, redactor, pseudonyms) },
  };
  const client = readAddress(fields, pseudonyms);
  if (client !== undefined) request["client"] = client;
  const scheme = readScheme(fields["scheme"]);
  if (scheme !== undefined) request["scheme"] = scheme;
  if (typeof fields["user_agent"] === "string") request["userAgent"] = fields["user_agent"];
  const userId = readUserId(fields["user_id"]);
  if (userId !== undefined) request["userId"] = userId;
  return { request, metrics };
}

/** A time that cannot be used becomes the time of receipt: the client's clock is no reason to lose the event. */
function readTime(value: unknown, receivedAt: number): number {
  if (typeof value !== "string" || value.length > 64) return receivedAt;
  const settled = settleTime(parseTimeText(value), receivedAt);
  return Number.isNaN(settled) ? receivedAt : settled;
}

/** Zero when the client did not measure it. */
function readDuration(value: unknown): number {
  return typeof value === "number" && value >= 0 && value <= MAX_DURATION_MS ? value : 0;
}

function readAddress(fields: Fields, pseudonyms: Pseudonyms): string | undefined {
  const address = fields["source_ip"] ?? fields["remote_addr"];
  if (typeof address !== "string" || address === "") return undefined;
  return pseudonyms.address(cutText(address, IDENTITY_LENGTHS.client));
}

/** Whether it was HTTPS, or the kind of call. */
function readScheme(value: unknown): string | undefined {
  if (typeof value === "boolean") return value ? "https" : "http";
  return typeof value === "string" && SCHEME.test(value) ? value : undefined;
}

function readUserId(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return typeof value === "string" && value !== "" && value.length <= IDENTITY_LENGTHS.userId ? value : undefined;
}
