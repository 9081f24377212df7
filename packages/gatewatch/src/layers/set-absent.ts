import type { FixedHeader, ResponseHead } from "../gate/exchange.ts";

/** Sets those of `headers` that the app has not set. */
export function setAbsent(head: ResponseHead, headers: readonly FixedHeader[]): void {
  if (head.setAbsent !== undefined) {
    head.setAbsent(headers);
    return;
  }
  for (const { lower, name, value } of headers) if (!head.has(lower)) head.set(name, value);
}
