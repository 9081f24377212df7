import { isLowerHex } from "../is-hex.ts";

const NO_ID = /^0+$/;

/** The ids of trace and span where they are such; ids of zeros say that there is none. */
export function traceIds({ traceId, spanId }: { traceId?: string; spanId?: string }): {
  traceId?: string;
  spanId?: string;
} {
  const ids: { traceId?: string; spanId?: string } = {};
  if (traceId !== undefined && isLowerHex(traceId, 32) && !NO_ID.test(traceId)) ids.traceId = traceId;
  if (spanId !== undefined && isLowerHex(spanId, 16) && !NO_ID.test(spanId)) ids.spanId = spanId;
  return ids;
}
