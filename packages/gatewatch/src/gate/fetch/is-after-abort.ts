import type { FetchExchange } from "./fetch-exchange.ts";

/** Whether this error only tells that the client has gone. */
export function isAfterAbort(x: FetchExchange, error: unknown): boolean {
  if (!x.finished) return false;
  return (error instanceof Error && error.name === "AbortError") || error === x.request.signal?.reason;
}
