import type { Attributes } from "@gatewatch/protocol";
import { methodPattern } from "@gatewatch/protocol/schema/event-schema";
import { IDENTITY_LENGTHS, MAX_DURATION_MS, TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { cutText } from "../clean-text.ts";
import { CLIENT_ADDRESSES, cleanAddress } from "./attribute-cleaner.ts";
import { numberOf, sizeOf, textOf } from "./attribute-values.ts";
import type { Message } from "./message-table.ts";
import type { SPAN } from "./otlp-tables.ts";

export type Span = Message<typeof SPAN>;

/** What a server span of HTTP tells of its exchange. */
export interface HttpExchange {
  method: string;
  route: string | null;
  path: string;
  /** Without its `?`; empty when there is none. */
  query: string;
  status: number;
  durationMs: number;
  requestBytes: number | undefined;
  responseBytes: number | undefined;
  client: string | undefined;
  userAgent: string | undefined;
  userId: string | undefined;
  host: string | undefined;
  scheme: string | undefined;
}

export const STATUS_ERROR = 2;
const KIND_SERVER = 2;
const METHOD = new RegExp(methodPattern);
const NANOS_PER_MS = 1e6;

/** Undefined for spans of another kind. Reads the stable conventions of HTTP and those before them. */
export function tryReadHttpSpan(span: Span, addressKey: Uint8Array | null): HttpExchange | undefined {
  const { attributes = {} } = span;
  const given = textOf(attributes, 64, "http.request.method", "http.method");
  if (span.kind !== KIND_SERVER || given === undefined) return undefined;
  const { path, query } = readTarget(attributes);
  const method = readMethod(attributes, given);
  return {
    method,
    route: readRoute(span, attributes, method),
    path,
    query,
    status: readStatus(span, attributes),
    durationMs: readDurationMs(span),
    requestBytes: sizeOf(attributes, "http.request.body.size", "http.request_content_length"),
    responseBytes: sizeOf(attributes, "http.response.body.size", "http.response_content_length"),
    client: cleanAddress(textOf(attributes, IDENTITY_LENGTHS.client, ...CLIENT_ADDRESSES), addressKey),
    userAgent: textOf(attributes, TRUNCATED_LENGTHS.userAgent, "user_agent.original", "http.user_agent"),
    userId: textOf(attributes, IDENTITY_LENGTHS.userId, "enduser.id", "user.id"),
    host: textOf(attributes, TRUNCATED_LENGTHS.host, "server.address", "http.host", "net.host.name"),
    scheme: textOf(attributes, IDENTITY_LENGTHS.scheme, "url.scheme", "http.scheme"),
  };
}

function readMethod(attributes: Attributes, given: string): string {
  const method = given === "_OTHER" ? (textOf(attributes, 64, "http.request.method_original") ?? "OTHER") : given;
  return METHOD.test(method) ? method : "OTHER";
}

/** The template; else the span's name behind its method, if that is one. */
function readRoute(span: Span, attributes: Attributes, method: string): string | null {
  const route = textOf(attributes, IDENTITY_LENGTHS.route, "http.route");
  if (route !== undefined) return route;
  const { name = "" } = span;
  if (!name.startsWith(`${method} `)) return null;
  const rest = name.slice(method.length + 1);
  return rest.length <= IDENTITY_LENGTHS.route && /^\/.*[:{<*]/.test(rest) ? rest : null;
}

function readTarget(attributes: Attributes): { path: string; query: string } {
  const path = textOf(attributes, TRUNCATED_LENGTHS.url, "url.path");
  const target = path ?? textOf(attributes, TRUNCATED_LENGTHS.url, "http.target") ?? readUrlPath(attributes) ?? "/";
  const mark = target.indexOf("?");
  const query = textOf(attributes, TRUNCATED_LENGTHS.url, "url.query") ?? (mark === -1 ? "" : target.slice(mark + 1));
  return {
    path: cutText(mark === -1 ? target : target.slice(0, mark), TRUNCATED_LENGTHS.path),
    query: query.startsWith("?") ? query.slice(1) : query,
  };
}

/** Path and query of a whole address. */
function readUrlPath(attributes: Attributes): string | undefined {
  const url = textOf(attributes, TRUNCATED_LENGTHS.url, "url.full", "http.url");
  const parsed = url === undefined ? null : URL.parse(url);
  return parsed === null ? undefined : parsed.pathname + parsed.search;
}

/** 0 where no answer is told of, unless the span says that it failed. */
function readStatus(span: Span, attributes: Attributes): number {
  const status = numberOf(attributes, "http.response.status_code", "http.status_code");
  if (status !== undefined && Number.isInteger(status) && status >= 100 && status <= 999) return status;
  return span.status?.code === STATUS_ERROR ? 500 : 0;
}

function readDurationMs({ startTimeUnixNano = 0, endTimeUnixNano = 0 }: Span): number {
  const ms = (endTimeUnixNano - startTimeUnixNano) / NANOS_PER_MS;
  return ms > 0 ? Math.min(ms, MAX_DURATION_MS) : 0;
}
