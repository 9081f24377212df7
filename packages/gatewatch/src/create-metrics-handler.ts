import type { IncomingMessage, ServerResponse } from "node:http";
import { exchangeOf } from "./gate/context.ts";
import type { EarlyReply, HeaderReader } from "./gate/exchange.ts";
import { FetchHeaders } from "./gate/fetch/fetch-headers.ts";
import { NodeHeaders } from "./gate/node/node-headers.ts";
import { unmapAddress } from "./gate/trust/parse-address.ts";
import { resolveClientAddress } from "./gate/trust/resolve-client-address.ts";
import { answerMetrics, type MetricsServing } from "./metrics/answer-metrics.ts";
import { ConfigError } from "./options/config-error.ts";

export interface MetricsHandlerOptions {
  /** Whoever comes to the handler may read: the app itself decides who does. @default false */
  open?: boolean;
}

/** Serves the metrics: a listener of `node:http`, a handler of Express, and a fetch handler. */
export interface MetricsHandler {
  (request: IncomingMessage, response: ServerResponse, ...rest: unknown[]): void;
  (request: Request, ...rest: unknown[]): Response;
}

/** @throws ConfigError when nobody could read, or everybody, and that was not said. */
export function createMetricsHandler(serving: MetricsServing, { open = false }: MetricsHandlerOptions): MetricsHandler {
  if (!open && !serving.access.isConfigured) {
    throw new ConfigError(
      "unsafe_option",
      "metricsHandler",
      "metricsHandler() would serve the metrics to any stranger. Set metrics.token or metrics.allow, or say { open: true } where the app itself decides who gets there.",
    );
  }
  const own: MetricsServing = { ...serving, isOpen: open };
  function handle(request: IncomingMessage, response: ServerResponse): void;
  function handle(request: Request): Response;
  function handle(request: IncomingMessage | Request, response?: ServerResponse): Response | void {
    if (isFetchRequest(request)) return answerFetch(request, own);
    if (response !== undefined) send(request, response, answerNode(request, own));
    return undefined;
  }
  return handle;
}

function isFetchRequest(request: IncomingMessage | Request): request is Request {
  return typeof (request.headers as { get?: unknown }).get === "function";
}

function answerNode(request: IncomingMessage, serving: MetricsServing): EarlyReply {
  const { remoteAddress } = (request.socket ?? {}) as { remoteAddress?: string };
  const peer = remoteAddress === undefined ? undefined : unmapAddress(remoteAddress);
  return answer(request, request.method ?? "GET", new NodeHeaders(request), peer, serving);
}

function answerFetch(request: Request, serving: MetricsServing): Response {
  const reply = answer(request, request.method, new FetchHeaders(request.headers), undefined, serving);
  const headers = new Headers(reply.headers as Record<string, string>);
  return new Response(request.method === "HEAD" ? null : (reply.body as Uint8Array<ArrayBuffer> | string), {
    status: reply.status,
    headers,
  });
}

/** The exchange knows more, where there is one. */
function answer(
  request: object,
  method: string,
  headers: HeaderReader,
  peer: string | undefined,
  serving: MetricsServing,
): EarlyReply {
  const own = peer ?? exchangeOf(request)?.peer;
  const clientAddress = resolveClientAddress(own, headers, serving.trust);
  return answerMetrics({ method, headers, peer: own, clientAddress }, serving);
}

function send({ method }: IncomingMessage, response: ServerResponse, { status, headers, body }: EarlyReply): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader("Content-Length", Buffer.byteLength(body));
  if (method === "HEAD") response.end();
  else response.end(body);
}
