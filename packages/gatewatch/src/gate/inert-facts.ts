import type { AppFacts } from "./request-handle.ts";
import { createTraceContext } from "./trace-context.ts";

/** The last resort behind `req.gatewatch`, when a request is so unlike one that nothing can be known of it: setting facts works, and they go nowhere. */
export function createInertFacts(): AppFacts {
  return {
    method: "GET",
    url: "/",
    path: "/",
    headers: { get: () => undefined, getAll: () => [], entries: () => [] },
    response: {
      status: 0,
      sent: true,
      get: () => undefined,
      entries: () => [],
      has: () => false,
      set: () => undefined,
      append: () => undefined,
      remove: () => undefined,
    },
    peer: undefined,
    startedAt: 0,
    scheme: "http",
    host: undefined,
    clientAddress: undefined,
    requestId: crypto.randomUUID(),
    trace: createTraceContext(undefined),
    route: () => null,
    user: () => undefined,
    body: () => undefined,
    attributes: {},
    metrics: {},
    breadcrumbs: [],
    error: undefined,
    errorId: null,
    raw: { request: undefined, response: undefined },
    knownRoute: null,
    knownUser: undefined,
    fail: () => undefined,
  };
}
