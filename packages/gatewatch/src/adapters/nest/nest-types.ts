import type { IncomingMessage, ServerResponse } from "node:http";

/** The parts of Nest that are used, by their shape: the same in 11 and 12, whichever adapter is below. */
export interface ExecutionContext {
  getType(): string;
  switchToHttp(): { getRequest(): unknown; getResponse(): unknown };
}

/** The filters that an app has for all its routes. Nest asks them from the last to the first. */
export interface ApplicationConfig {
  getGlobalFilters(): object[];
}

export interface HttpAdapter {
  getType(): string;
  getInstance(): unknown;
}

export interface MiddlewareConsumer {
  getHttpAdapter(): HttpAdapter;
}

interface Observer {
  next(value: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

/** Of rxjs, whose module only the app has. */
export interface Observable {
  subscribe(observer: Observer): unknown;
}

export interface CallHandler {
  handle(): Observable;
}

/** Node's request and response below those of Express (the same) or Fastify (around them); undefined for what is not HTTP. */
export interface Messages {
  request: IncomingMessage;
  response: ServerResponse;
  /** Keeps Fastify from answering what is answered. */
  hijack(): void;
}

export function messagesOf(context: ExecutionContext): Messages | undefined {
  if (context.getType() !== "http") return undefined;
  const http = context.switchToHttp();
  const [request, response] = [http.getRequest(), http.getResponse()] as [IncomingMessage, ServerResponse];
  const rawRequest = (request as { raw?: IncomingMessage }).raw ?? request;
  const rawResponse = (response as { raw?: ServerResponse }).raw ?? response;
  return {
    request: rawRequest,
    response: rawResponse,
    hijack: () => (response as { hijack?: () => void }).hijack?.(),
  };
}
