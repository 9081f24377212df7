import { IDENTITY_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import type { FieldSource } from "./field-source.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

const TRACE_ID = /^[0-9a-f]{32}$/;
const SPAN_ID = /^[0-9a-f]{16}$/;

interface EventBase {
  time: number;
  requestId?: string;
  traceId?: string;
  spanId?: string;
}

/** What every event but the request has in common; `time` is settled already. */
export function readBase(source: FieldSource, fields: Record<string, unknown>, time: number): EventBase {
  const base: EventBase = { time };
  const requestId = source.optionalIdentity(fields, "requestId", IDENTITY_LENGTHS.requestId);
  if (requestId !== undefined) base.requestId = requestId;
  if (fields["traceId"] !== undefined)
    base.traceId = source.matching(fields, "traceId", TRACE_ID, "32 lower-case hex digits");
  if (fields["spanId"] !== undefined)
    base.spanId = source.matching(fields, "spanId", SPAN_ID, "16 lower-case hex digits");
  return base;
}
