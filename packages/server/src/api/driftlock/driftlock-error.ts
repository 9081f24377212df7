import type { FastifyReply, FastifyRequest } from "fastify";
import { API_ERRORS, type ApiErrorCode } from "../../model/api-error.ts";
import { requestIdOf } from "../http/request-id.ts";
import { API_HEADERS } from "../http/security-headers.ts";
import { toErrorAnswer } from "../http/write-error.ts";

/** Our codes in this language's words. */
const CODES: Readonly<Record<ApiErrorCode, { code: string; status?: number }>> = {
  unauthorized: { code: "unauthorized" },
  forbidden: { code: "forbidden" },
  not_found: { code: "not_found" },
  method_not_allowed: { code: "method_not_allowed" },
  conflict: { code: "conflict" },
  payload_too_large: { code: "payload_too_large" },
  unsupported_media_type: { code: "invalid_argument" },
  unreadable_frame: { code: "invalid_argument" },
  invalid_request: { code: "invalid_argument", status: 400 },
  rate_limited: { code: "rate_limit_exceeded" },
  internal: { code: "internal" },
  unavailable: { code: "service_unavailable" },
};

interface Failure {
  status: number;
  headers: Record<string, string>;
  body: { error: { code: string; message: string; request_id: string; retry_after_seconds?: number } };
  /** True when it is our own fault and belongs into the server's log. */
  ours: boolean;
}

/** Whatever was thrown, in the shape of Driftlock's errors. */
export function toDriftlockFailure(error: unknown, requestId: string): Failure {
  const { headers, body, ours } = toErrorAnswer(error, requestId);
  const known = body.error.code as ApiErrorCode;
  const { code, status = API_ERRORS[known].status } = CODES[known];
  const wait = headers["retry-after"];
  return {
    status,
    headers,
    body: {
      error: {
        code,
        message: body.error.message,
        request_id: requestId,
        ...(wait === undefined ? {} : { retry_after_seconds: Number(wait) }),
      },
    },
    ours,
  };
}

/** Answers with the failure; ours are logged under the request's id. */
export function sendDriftlockFailure(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: { logError(message: string, fields: { requestId: string; error: unknown }): void },
): FastifyReply {
  const requestId = requestIdOf(request);
  const { status, headers, body, ours } = toDriftlockFailure(error, requestId);
  if (ours) deps.logError("A request in Driftlock's language failed.", { requestId, error });
  return reply
    .code(status)
    .headers({ ...API_HEADERS, ...headers, "x-request-id": requestId })
    .type("application/json; charset=utf-8")
    .send(JSON.stringify(body));
}
