import type { Json, UserInfo } from "@gatewatch/protocol";
import type { Exchange, Outcome } from "../gate/exchange.ts";

export interface ExchangeFacts {
  method?: string;
  url?: string;
  headers?: Record<string, string | string[]>;
  body?: Json;
  user?: UserInfo;
  route?: string | null;
  clientAddress?: string;
}

/** An exchange without a socket; its facts may change while it runs. */
export function createExchangeStandIn(facts: ExchangeFacts = {}): Exchange {
  const url = facts.url ?? "/shop?page=2";
  const headers = (): Record<string, string | string[]> => facts.headers ?? {};
  return {
    method: facts.method ?? "GET",
    url,
    path: url.split("?")[0] ?? url,
    headers: {
      get: (name) => [headers()[name]].flat()[0],
      getAll: (name) => [headers()[name] ?? []].flat(),
      entries: () => Object.entries(headers()),
    },
    response: {
      status: 200,
      sent: false,
      get: () => undefined,
      entries: () => [],
      has: () => false,
      set: () => undefined,
      append: () => undefined,
      remove: () => undefined,
    },
    peer: "127.0.0.1",
    startedAt: 1_800_000_000_000,
    scheme: "http",
    host: "shop.test",
    clientAddress: facts.clientAddress ?? "203.0.113.9",
    requestId: "req-1",
    trace: {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      parentSpanId: null,
      sampled: true,
    },
    route: () => facts.route ?? null,
    user: () => facts.user,
    body: () => facts.body,
    attributes: {},
    metrics: {},
    breadcrumbs: [],
    error: undefined,
    errorId: null,
    raw: { request: undefined, response: undefined },
  };
}

export function createOutcomeStandIn(changes: Partial<Outcome> = {}): Outcome {
  return {
    status: 500,
    responseBytes: 12,
    requestBytes: 0,
    durationMs: 3.25,
    aborted: false,
    route: "/shop",
    error: undefined,
    errorId: null,
    ...changes,
  };
}
