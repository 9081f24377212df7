import type { Attributes, ErrorEvent, RequestContext, RequestEvent } from "@gatewatch/protocol";
import { TRUNCATED_COUNTS, TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { cutText, makeStorable } from "../clean-text.ts";
import type { EventProblem } from "../event-problem.ts";
import { settleTime } from "../event-time.ts";
import { textOf, textsOf } from "./attribute-values.ts";
import type { EventCollector, ItemContext } from "./event-collector.ts";
import type { Message } from "./message-table.ts";
import type { TRACES_REQUEST } from "./otlp-tables.ts";
import { tryReadExceptions } from "./read-exception.ts";
import { type HttpExchange, STATUS_ERROR, type Span, tryReadHttpSpan } from "./read-http-span.ts";
import { traceIds } from "./trace-ids.ts";

type ResourceSpans = NonNullable<Message<typeof TRACES_REQUEST>["resourceSpans"]>[number];

/** What conventions say of the exchange itself and its machinery: the request's own fields hold the part that is kept. */
const TECHNICAL =
  /^(?:http|url|net|network|server|client|source|user_agent|otel|exception|thread|code)\.|^(?:enduser|user)\.id$|^error\.type$/;
const NANOS_PER_MS = 1e6;
const REQUEST_HEADER = "http.request.header.";

/** One exchange, as its server span told of it. */
interface Exchange {
  http: HttpExchange;
  span: Span;
  errorId: string | undefined;
  /** Whether an error holds all that is known of it: a thousand errors of one request must not repeat it a thousand times. */
  isTold: boolean;
}

/** An exception on its way to an event; spans through which it passes tell of it again. */
interface Raised {
  event: ErrorEvent;
  spans: Span[];
}

/** Server spans of HTTP become requests, recorded exceptions errors; other spans are left out. */
export function readSpans(resourceSpans: ResourceSpans, collector: EventCollector, context: ItemContext): void {
  const spans = (resourceSpans.scopeSpans ?? []).flatMap(({ spans: own = [] }) => own);
  const language = textOf(resourceSpans.resource?.attributes ?? {}, 64, "telemetry.sdk.language");
  const exchanges = new Map<Span, Exchange>();
  /** The exchange to which a trace belongs in this service. */
  const byTrace = new Map<string, Exchange>();
  for (const span of spans) {
    const http = tryReadHttpSpan(span, context.addressKey);
    if (http === undefined) continue;
    const exchange: Exchange = { http, span, errorId: undefined, isTold: false };
    exchanges.set(span, exchange);
    if (span.traceId !== undefined) byTrace.set(span.traceId, exchange);
  }
  const problems = new Map<Span, EventProblem>();
  const bearers = new Set<Span>();
  for (const raised of findRaised(spans, language, context)) {
    const exchange = byTrace.get(raised.event.traceId ?? "");
    const { event } = raised;
    event.id = collector.makeErrorId();
    if (exchange !== undefined) {
      event.request = exchange.isTold ? toShortContext(exchange) : toRequestContext(exchange);
      exchange.isTold = true;
      if (exchange.http.userId !== undefined)
        event.user = { authenticated: true, id: exchange.http.userId, username: null };
      if (exchange.http.status >= 500) event.handled = false;
    }
    const problem = collector.addEvent(event);
    for (const span of raised.spans) {
      bearers.add(span);
      if (problem !== undefined) problems.set(span, problem);
    }
    if (problem !== undefined || exchange === undefined) continue;
    if (raised.spans.includes(exchange.span) || exchange.http.status >= 500) exchange.errorId ??= event.id;
  }
  for (const span of spans) {
    const exchange = exchanges.get(span);
    if (exchange === undefined && !bearers.has(span)) collector.leaveOut();
    else {
      const problem = exchange === undefined ? undefined : collector.addRequest(toRequest(exchange, context));
      collector.finishItem(problem ?? problems.get(span));
    }
  }
}

function findRaised(spans: readonly Span[], language: string | undefined, context: ItemContext): Iterable<Raised> {
  const raised = new Map<string, Raised>();
  for (const span of spans) {
    let ofSpan = span.attributes ?? {};
    for (const { name, attributes = {}, timeUnixNano } of span.events ?? []) {
      if (name !== "exception") continue;
      const exceptions = tryReadExceptions(attributes, language);
      if (exceptions === undefined) continue;
      const [first] = exceptions;
      const stack = attributes["exception.stacktrace"];
      const key = JSON.stringify([span.traceId, first!.type, first!.message, stack]);
      const known = raised.get(key);
      if (known !== undefined) {
        known.spans.push(span);
        if (span.status?.code === STATUS_ERROR) known.event.handled = false;
        continue;
      }
      const event: ErrorEvent = {
        type: "error",
        time: readTime(timeUnixNano ?? span.endTimeUnixNano, context.receivedAt),
        ...traceIds(span),
        id: "",
        level: "error",
        handled: attributes["exception.escaped"] !== true && span.status?.code !== STATUS_ERROR,
        mechanism: "foreign",
        exceptions,
      };
      const facts = context.clean.attributes({ ...ofSpan, ...attributes }, context.addressKey, isTechnical);
      // Those of the span stand with its first exception.
      ofSpan = {};
      if (facts !== undefined) event.attributes = facts;
      if (span.name !== undefined && span.name !== "")
        event.custom = { "span.name": makeStorable(cutText(span.name, TRUNCATED_LENGTHS.type)) };
      raised.set(key, { event, spans: [span] });
    }
  }
  return raised.values();
}

function isTechnical(key: string): boolean {
  return TECHNICAL.test(key);
}

/** An exception outlives its clock: what cannot be told becomes the time of receipt. */
function readTime(nanos: number | undefined, receivedAt: number): number {
  const settled = settleTime((nanos ?? 0) / NANOS_PER_MS, receivedAt);
  return Number.isNaN(settled) ? receivedAt : settled;
}

function toRequest(
  { http, span, errorId }: Exchange,
  context: ItemContext,
): Partial<RequestEvent> & { type: "request" } {
  const { query: _query, ...fields } = http;
  const attributes = context.clean.attributes(span.attributes ?? {}, context.addressKey, isTechnical);
  return {
    type: "request",
    time: (span.startTimeUnixNano ?? 0) / NANOS_PER_MS,
    ...traceIds(span),
    ...definedOf(fields),
    ...(errorId === undefined ? {} : { errorId }),
    ...(attributes === undefined ? {} : { attributes }),
  };
}

/** The columns know absent fields only. */
function definedOf<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function toShortContext({ http: { method, path, route, status } }: Exchange): RequestContext {
  return { method, url: path, route, headers: {}, query: {}, status };
}

function toRequestContext({ http, span }: Exchange): RequestContext {
  const { method, path, query, route, status, client, userAgent } = http;
  const headers = readHeaders(span.attributes ?? {});
  const request: RequestContext = {
    method,
    url: cutText(query === "" ? path : `${path}?${query}`, TRUNCATED_LENGTHS.url),
    route,
    headers,
    query: readQuery(query),
    status,
  };
  const contentType = headers["content-type"]?.[0];
  if (contentType !== undefined) request.contentType = cutText(contentType, TRUNCATED_LENGTHS.contentType);
  if (client !== undefined) request.client = client;
  if (userAgent !== undefined) request.userAgent = userAgent;
  return request;
}

function readHeaders(attributes: Attributes): Record<string, string[]> {
  const entries: [string, string[]][] = [];
  for (const [key, value] of Object.entries(attributes)) {
    if (!key.startsWith(REQUEST_HEADER) || entries.length === TRUNCATED_COUNTS.headers) continue;
    const name = makeStorable(cutText(key.slice(REQUEST_HEADER.length), TRUNCATED_LENGTHS.type));
    entries.push([name, textsOf(value).map((text) => makeStorable(cutText(text, TRUNCATED_LENGTHS.url)))]);
  }
  return Object.fromEntries(entries);
}

function readQuery(query: string): Record<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query)) {
    const values = fields.get(name);
    if (values !== undefined) values.push(makeStorable(value));
    else if (fields.size < TRUNCATED_COUNTS.headers)
      fields.set(makeStorable(cutText(name, TRUNCATED_LENGTHS.type)), [makeStorable(value)]);
  }
  return Object.fromEntries(fields);
}
