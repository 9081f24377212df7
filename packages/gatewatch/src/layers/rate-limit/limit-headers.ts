import type { ResponseHead } from "../../gate/exchange.ts";
import type { CounterVerdict } from "../../state/counters/counter-store.ts";
import type { LimitPolicy } from "./compile-policies.ts";
import { setKnown } from "../set-known.ts";
import { writeBareItem, writeItem } from "./write-structured-field.ts";

/** A limit and its texts. */
export interface LimitText {
  limit: number;
  /** Value of `RateLimit-Policy`. */
  policy: string;
}

/** Never: a cost above the limit. */
const FAR_SECONDS = 86_400;

/** Seconds after which trying again makes sense: rounded up, at least one. */
export function toRetrySeconds({ retryMs }: CounterVerdict, windowMs: number): number {
  const waitMs = Number.isFinite(retryMs) ? retryMs : Math.min(windowMs, FAR_SECONDS * 1000);
  return Math.max(1, Math.ceil(waitMs / 1000));
}

/** Seconds of the `t` and `Reset` values. For a refusal they say the same as Retry-After, which must not come before them. */
export function toResetSeconds(verdict: CounterVerdict, windowMs: number): number {
  return verdict.allowed ? Math.ceil(verdict.resetMs / 1000) : toRetrySeconds(verdict, windowMs);
}

/** The item of `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10); windows below a second cannot be said. */
export function describePolicy({ name, windowMs }: Pick<LimitPolicy, "name" | "windowMs">, limit: number): string {
  const parameters: Record<string, number> = { q: limit };
  if (windowMs >= 1000) parameters["w"] = Math.ceil(windowMs / 1000);
  return writeItem({ value: name, parameters });
}

export function quoteName(name: string): string {
  return writeBareItem(name);
}

/** Both lists grow by one item per limit that an exchange has met, the innermost first. */
export function writeDraftHeaders(
  head: ResponseHead,
  policy: LimitPolicy,
  text: LimitText,
  verdict: CounterVerdict,
): void {
  const item = `${policy.quoted};r=${verdict.remaining};t=${toResetSeconds(verdict, policy.windowMs)}`;
  const earlier = head.get("ratelimit");
  if (earlier === undefined) {
    setKnown(head, "ratelimit", "RateLimit", item);
    setKnown(head, "ratelimit-policy", "RateLimit-Policy", text.policy);
  } else {
    head.set("RateLimit", `${earlier}, ${item}`);
    const policies = head.get("RateLimit-Policy");
    head.set("RateLimit-Policy", policies === undefined ? text.policy : `${policies}, ${text.policy}`);
  }
}

/** What an inner limit or the app has said stays. */
export function writeLegacyHeaders(
  head: ResponseHead,
  policy: LimitPolicy,
  text: LimitText,
  verdict: CounterVerdict,
  nowMs: number,
): void {
  if (head.has("x-ratelimit-limit")) return;
  setKnown(head, "x-ratelimit-limit", "X-RateLimit-Limit", String(text.limit));
  setKnown(head, "x-ratelimit-remaining", "X-RateLimit-Remaining", String(verdict.remaining));
  setKnown(
    head,
    "x-ratelimit-reset",
    "X-RateLimit-Reset",
    String(Math.ceil(nowMs / 1000) + toResetSeconds(verdict, policy.windowMs)),
  );
}
