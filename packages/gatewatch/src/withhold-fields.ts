import type { ErrorEvent, GatewatchEvent, RequestContext } from "@gatewatch/protocol";
import type { Sink } from "./ship/sink.ts";

/** Which parts of an event may leave. */
export interface AllowedFields {
  headers: boolean;
  query: boolean;
  user: boolean;
}

/** The sink, with the parts that are not allowed taken out of its events; the sink itself when all are allowed. */
export function withholdFields(sink: Sink, allowed: AllowedFields): Sink {
  if (allowed.headers && allowed.query && allowed.user) return sink;
  return {
    name: sink.name,
    push: (event) => sink.push(withhold(event, allowed)),
    flush: (deadlineMs) => sink.flush(deadlineMs),
    close: (deadlineMs) => sink.close(deadlineMs),
    stats: () => sink.stats(),
  };
}

function withhold(event: GatewatchEvent, allowed: AllowedFields): GatewatchEvent {
  if (event.type === "request") {
    if (allowed.user || event.userId === undefined) return event;
    const { userId: _userId, ...rest } = event;
    return rest;
  }
  if (event.type !== "error") return event;
  const seen: ErrorEvent = { ...event };
  if (!allowed.user) delete seen.user;
  if (seen.request !== undefined) seen.request = withholdFromRequest(seen.request, allowed);
  return seen;
}

function withholdFromRequest(request: RequestContext, { headers, query }: AllowedFields): RequestContext {
  const seen = { ...request };
  if (!headers) {
    seen.headers = {};
    delete seen.userAgent;
  }
  if (!query) {
    seen.query = {};
    seen.url = seen.url.split("?", 1)[0] ?? "";
  }
  return seen;
}
