import type { FailureFacts, ThresholdFacts } from "./failure-facts.ts";

/** The sentence about an answer of 400, 403, 404 or 500; undefined for any other status. */
export function describeStatus(status: number | null, path: string): string | undefined {
  switch (status) {
    case 400:
      return `400 Error: Bad request at ${path}`;
    case 403:
      return `403 Error: Forbidden access to ${path}`;
    case 404:
      return `404 Error: ${path} not found`;
    case 500:
      return `500 Error: Server error at ${path}`;
    default:
      return undefined;
  }
}

/** One sentence; `path` is given apart, so that it can be escaped for the medium. */
export function describeFailure({ status }: Pick<FailureFacts, "status">, path: string): string {
  return describeStatus(status, path) ?? "Unknown Error";
}

/** What is behind the sentence when others like it went untold; empty when none did. */
export function describeMore(more: number | undefined): string {
  return more === undefined || more <= 0 ? "" : ` (+${more} more since the last message)`;
}

/** `12 errors for error:500:/cart in 300 s`; `key` is given apart, so that it can be escaped for the medium. */
export function describeThreshold({ count, windowMs, more }: ThresholdFacts, key: string): string {
  const also = more > 0 ? ` (+${more} more since the last alert)` : "";
  return `${count} errors for ${key} in ${Math.round(windowMs / 100) / 10}s${also}`;
}
