import type { DetectableEvent } from "@gatewatch/detect";
import type { Exchange, Outcome } from "../../gate/exchange.ts";

const MAX_SCAN = 4_096;

/** What is known of a request before the handler: names and sizes, never contents. @param shown its path as it may be kept */
export function describeRequest(x: Exchange, shown: string): DetectableEvent {
  const { url, path } = x;
  const length = Math.min(url.length, MAX_SCAN);
  let segments = 0;
  let fields = 0;
  let oddChars = 0;
  for (let at = 0; at < length; at++) {
    const code = url.charCodeAt(at);
    if (code === SLASH && at < path.length) segments++;
    else if (code === AMPERSAND || code === QUESTION_MARK) fields++;
    else if (!isUsual(code)) oddChars++;
  }
  return {
    type: "http_request",
    body: {
      method: x.method,
      path: shown,
      path_length: path.length,
      path_segments: segments,
      query_length: url.length - path.length,
      query_fields: fields,
      odd_chars: oddChars,
      content_type: x.headers.get("content-type") ?? "none",
      request_bytes: Number(x.headers.get("content-length") ?? 0),
      user_agent: x.headers.get("user-agent") ?? "none",
      is_signed_in: x.headers.get("authorization") !== undefined || x.headers.get("cookie") !== undefined,
    },
  };
}

/** A finished exchange, as detection servers know it; without `timestamp`. @param seen its path and its user as they may be kept */
export function describeExchange(
  x: Exchange,
  outcome: Outcome,
  { path, userId }: { path: string; userId: string | number | null | undefined },
): DetectableEvent {
  const body = {
    method: x.method,
    path,
    route: outcome.route,
    status_code: outcome.status,
    latency_ms: outcome.durationMs,
    request_bytes: outcome.requestBytes,
    response_bytes: outcome.responseBytes,
  };
  const isPlain = userId == null && isEmpty(x.attributes) && isEmpty(x.metrics);
  if (isPlain) return { type: "http_request", body };
  const facts = { ...x.attributes, ...x.metrics };
  const attributes = userId == null ? facts : { user_id: userId, ...facts };
  return { type: "http_request", body, attributes };
}

const SLASH = 47;
const AMPERSAND = 38;
const QUESTION_MARK = 63;

/** Letters, digits, and `+ , - . / : _ =`. An encoded octet is not among them: attacks have many. */
function isUsual(code: number): boolean {
  if (code >= 97 && code <= 122) return true;
  if (code >= 43 && code <= 58) return true;
  return (code >= 65 && code <= 90) || code === 95 || code === 61;
}

function isEmpty(value: object): boolean {
  for (const _name in value) return false;
  return true;
}
