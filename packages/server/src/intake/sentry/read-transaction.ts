import type { Attributes, MetricEvent } from "@gatewatch/protocol";
import { IDENTITY_LENGTHS, MAX_DURATION_MS, TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { cutText } from "../clean-text.ts";
import { guessRoute } from "../cerberus/guess-route.ts";
import { traceIds } from "../otlp/trace-ids.ts";
import type { EnvelopeBatches } from "./envelope-batches.ts";
import { type Fields, fieldsOf, nameOf, objectsOf, pairsOf, readLooseFacts, textOf } from "./loose-values.ts";
import { idsOf, readSentryResource, type SentryContext } from "./read-error.ts";
import { methodOf, readClient, routeOf, tryReadUser } from "./read-request.ts";
import { settleSentryTime, tryParseTime } from "./sentry-time.ts";

const MAX_OPS = 20;
/** A status of a trace as one of HTTP: https://develop.sentry.dev/sdk/data-model/event-payloads/span/#attributes */
const STATUS: Readonly<Record<string, number>> = {
  ok: 200,
  invalid_argument: 400,
  failed_precondition: 400,
  out_of_range: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  already_exists: 409,
  aborted: 409,
  resource_exhausted: 429,
  cancelled: 499,
  internal_error: 500,
  unknown: 500,
  unknown_error: 500,
  data_loss: 500,
  error: 500,
  unimplemented: 501,
  unavailable: 503,
  deadline_exceeded: 504,
};

/** A transaction of a server's exchange becomes a request, any other one a duration; its spans are counted by what they do. */
export function addTransaction(
  event: Fields,
  id: Uint8Array | undefined,
  batches: EnvelopeBatches,
  context: SentryContext,
): void {
  const resource = readSentryResource(event, context.cleaner);
  const trace = fieldsOf(fieldsOf(event["contexts"])["trace"]);
  const op = nameOf(trace["op"], IDENTITY_LENGTHS.name) ?? "default";
  const time = settleSentryTime(event["start_timestamp"] ?? event["timestamp"], context.receivedAt, context.drift);
  const durationMs = durationOf(event);
  const facts = spanFacts(objectsOf(event["spans"]));
  if (/^http\.server|^websocket\.server/.test(op)) {
    const request = readExchange(event, trace, context);
    const attributes = readLooseFacts([...pairsOf(event["tags"]), ...Object.entries(facts)], context.facts);
    const row = {
      ...request,
      time,
      durationMs,
      ...traceIds(idsOf(event)),
      ...(attributes === undefined ? {} : { attributes }),
    };
    batches.addRequest(row, resource, id);
    return;
  }
  const name = textOf(event["transaction"], TRUNCATED_LENGTHS.message);
  batches.addEvent(
    durationEvent(
      "transaction.duration",
      time,
      durationMs,
      { ...traceIds(idsOf(event)) },
      [["transaction", name], ["op", op], ["status", trace["status"]], ...Object.entries(facts)],
      context,
    ),
    resource,
    id,
  );
}

/** How long something took, as a measurement. */
export function durationEvent(
  name: string,
  time: number,
  durationMs: number,
  ids: { traceId?: string; spanId?: string },
  facts: [string, unknown][],
  context: SentryContext,
): MetricEvent {
  const event: MetricEvent = { type: "metric", time, ...ids, name, kind: "histogram", value: durationMs, unit: "ms" };
  const attributes = readLooseFacts(facts, context.facts);
  if (attributes !== undefined) event.attributes = attributes;
  return event;
}

function readExchange(event: Fields, trace: Fields, context: SentryContext): Record<string, unknown> {
  const data = fieldsOf(trace["data"]);
  const request = fieldsOf(event["request"]);
  const name = textOf(event["transaction"], TRUNCATED_LENGTHS.path) ?? "";
  const named = /^([A-Z]{3,16}) (\/.*)$/.exec(name);
  const raw =
    request["url"] ??
    data["url.full"] ??
    data["http.url"] ??
    data["url.path"] ??
    data["http.target"] ??
    named?.[2] ??
    name;
  const { path, host, scheme } = readAddress(textOf(raw, TRUNCATED_LENGTHS.url) ?? "/");
  const headers = new Map(pairsOf(request["headers"]).map(([key, value]) => [key.toLowerCase(), value]));
  const row: Record<string, unknown> = {
    method: methodOf(request["method"] ?? data["http.request.method"] ?? data["http.method"] ?? named?.[1]) ?? "GET",
    path: cutText(path, TRUNCATED_LENGTHS.path),
    // Without a template, what the path probably stands for.
    route: routeOf(event) ?? guessRoute(path),
    status: statusOf(event, trace, data),
  };
  const optional: Record<string, string | undefined> = {
    host: textOf(host ?? headers.get("host"), TRUNCATED_LENGTHS.host),
    scheme: nameOf(scheme, IDENTITY_LENGTHS.scheme),
    client: readClient(event, context),
    userAgent: textOf(headers.get("user-agent") ?? data["user_agent.original"], TRUNCATED_LENGTHS.userAgent),
    userId: nameOf(tryReadUser(event)?.id, IDENTITY_LENGTHS.userId),
    requestId: nameOf(headers.get("x-request-id"), IDENTITY_LENGTHS.requestId),
  };
  for (const [key, value] of Object.entries(optional)) if (value !== undefined) row[key] = value;
  return row;
}

/** Path, host and scheme; the query is not kept of requests. */
function readAddress(raw: string): { path: string; host?: string; scheme?: string } {
  const url = /^https?:\/\//i.test(raw) ? URL.parse(raw) : null;
  if (url !== null) return { path: url.pathname, host: url.host, scheme: url.protocol.slice(0, -1) };
  const path = raw.replace(/[?#].*$/s, "");
  return { path: path.startsWith("/") ? path : `/${path}` };
}

function statusOf(event: Fields, trace: Fields, data: Fields): number {
  const tags = new Map(pairsOf(event["tags"]));
  const given =
    fieldsOf(fieldsOf(event["contexts"])["response"])["status_code"] ??
    data["http.response.status_code"] ??
    data["http.status_code"] ??
    tags.get("http.status_code");
  const status = Number(given);
  if (Number.isInteger(status) && status >= 100 && status <= 999) return status;
  const word = trace["status"];
  return typeof word === "string" && Object.hasOwn(STATUS, word) ? STATUS[word]! : 0;
}

export function durationOf(fields: Fields): number {
  const start = tryParseTime(fields["start_timestamp"]);
  const end = tryParseTime(fields["end_timestamp"] ?? fields["timestamp"]);
  if (start === undefined || end === undefined || !(end > start)) return 0;
  return Math.min(Math.round((end - start) * 1000) / 1000, MAX_DURATION_MS);
}

/** How many spans there were, and how long those of each kind took together. */
function spanFacts(spans: readonly Fields[]): Attributes {
  if (spans.length === 0) return {};
  const byOp = new Map<string, { count: number; ms: number }>();
  for (const span of spans) {
    const op = nameOf(span["op"], 64) ?? "default";
    const kind = byOp.has(op) || byOp.size < MAX_OPS ? op : "other";
    const sum = byOp.get(kind) ?? { count: 0, ms: 0 };
    sum.count++;
    sum.ms += durationOf(span);
    byOp.set(kind, sum);
  }
  const rounded = Array.from(byOp, ([op, { count, ms }]) => [op, { count, ms: Math.round(ms * 1000) / 1000 }] as const);
  return { spans: spans.length, spansByOp: Object.fromEntries(rounded) };
}
