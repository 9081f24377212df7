import { randomHex } from "./random-hex.ts";
import type { TraceContext } from "./exchange.ts";

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED_FLAG = 1;
const MAX_LENGTH = 256;

/** The parts of a `traceparent` header (W3C Trace Context, section 3.2); undefined when it is malformed or of version `ff`. */
export function tryParseTraceparent(
  header: string | undefined,
): { traceId: string; parentSpanId: string; sampled: boolean } | undefined {
  if (header === undefined || header.length > MAX_LENGTH) return undefined;
  const match = TRACEPARENT.exec(header.trim());
  if (match === null) return undefined;
  const [, version = "", traceId = "", parentSpanId = "", flags = "", more] = match;
  // Version 00 ends after the flags; later versions may append fields.
  if (version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentSpanId)) return undefined;
  return { traceId, parentSpanId, sampled: (Number.parseInt(flags, 16) & SAMPLED_FLAG) !== 0 };
}

/** A new span: child of the inbound `traceparent` when one is given and well-formed, else the root of a new trace. */
export function createTraceContext(traceparent: string | undefined): TraceContext {
  const inbound = tryParseTraceparent(traceparent);
  const spanId = randomHex(8);
  if (inbound === undefined) return { traceId: randomHex(16), spanId, parentSpanId: null, sampled: true };
  return { traceId: inbound.traceId, spanId, parentSpanId: inbound.parentSpanId, sampled: inbound.sampled };
}

/** The `traceparent` to send on with outgoing requests. */
export function formatTraceparent(trace: TraceContext): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? "01" : "00"}`;
}
