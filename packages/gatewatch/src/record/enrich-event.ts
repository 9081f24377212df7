import type { ErrorEvent } from "@gatewatch/protocol";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import type { Exchange } from "../gate/exchange.ts";
import { redactAttributes } from "./build-error-event.ts";
import type { EnrichHook } from "./recorder-options.ts";

/** Lets the app's hook see a copy of the event and adds, redacted, what it returns. Throws what the hook throws. */
export function enrichEvent(
  event: ErrorEvent,
  x: Exchange | undefined,
  error: unknown,
  hook: EnrichHook,
  redactor: Redactor,
): void {
  const extra: unknown = hook(structuredClone(event), x, error);
  if (extra instanceof Promise) {
    extra.catch(() => undefined);
    throw new TypeError("it returned a promise; it must return its facts at once");
  }
  const custom = redactAttributes(extra, redactor);
  if (custom !== undefined) event.custom = custom;
}
