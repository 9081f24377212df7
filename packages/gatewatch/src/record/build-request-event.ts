import type { RequestEvent } from "@gatewatch/protocol";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import type { Exchange, Outcome } from "../gate/exchange.ts";
import { redactAttributes } from "./build-error-event.ts";
import { cacheByText } from "../gate/cache-by-text.ts";

const MAX_PATH = 2_048;
const MAX_USER_AGENT = 512;
/** Characters of JSON. */
const MAX_ATTRIBUTES = 8_192;
const MAX_KNOWN_TEXTS = 1_000;

export type RequestEventBuilder = (x: Exchange, outcome: Outcome, userId: string | undefined) => RequestEvent;

/** Runs for every request: texts that come again are redacted once. */
export function createRequestEventBuilder(redactor: Redactor): RequestEventBuilder {
  const redactPath = cacheByText((path) => redactor.redactUrl(path.slice(0, MAX_PATH)), MAX_KNOWN_TEXTS);
  const redactAgent = cacheByText((text) => redactor.redactText(text.slice(0, MAX_USER_AGENT)), MAX_KNOWN_TEXTS);
  const redactHost = cacheByText((text) => redactor.redactText(text.slice(0, 255)), MAX_KNOWN_TEXTS);
  return (x, outcome, userId) => {
    const event: RequestEvent = {
      type: "request",
      time: x.startedAt,
      requestId: x.requestId,
      traceId: x.trace.traceId,
      spanId: x.trace.spanId,
      method: x.method,
      route: outcome.route,
      path: redactPath(x.path),
      status: outcome.status,
      durationMs: outcome.durationMs,
      requestBytes: outcome.requestBytes,
      responseBytes: outcome.responseBytes,
      scheme: x.scheme,
    };
    if (outcome.aborted) event.aborted = true;
    const errorId = outcome.errorId ?? x.errorId;
    if (errorId !== null) event.errorId = errorId;
    if (x.host !== undefined) event.host = redactHost(x.host);
    const userAgent = x.headers.get("user-agent");
    if (userAgent !== undefined) event.userAgent = redactAgent(userAgent);
    if (userId !== undefined) event.userId = userId;
    if (hasFields(x.attributes) || hasFields(x.metrics)) {
      const attributes = redactAttributes({ ...x.attributes, ...x.metrics }, redactor);
      if (attributes !== undefined && JSON.stringify(attributes).length <= MAX_ATTRIBUTES)
        event.attributes = attributes;
    }
    return event;
  };
}

function hasFields(value: object): boolean {
  for (const _name in value) return true;
  return false;
}
