import type { Json } from "@gatewatch/protocol";

/** Every error that a client can get: code → status, retryable, what it means and what to do. Docs are generated from this table. */
export const API_ERRORS = {
  unauthorized: { status: 401, retryable: false, help: "Send a valid token as `Authorization: Bearer …`, or sign in." },
  forbidden: {
    status: 403,
    retryable: false,
    help: "The token's scope does not allow this; create one with the scope that the message names.",
  },
  not_found: { status: 404, retryable: false, help: "There is no such thing in this project." },
  method_not_allowed: { status: 405, retryable: false, help: "See /api/openapi.json for the methods of this path." },
  conflict: { status: 409, retryable: true, help: "Somebody changed it meanwhile: read it again." },
  payload_too_large: { status: 413, retryable: false, help: "Send smaller batches; the limit is in the message." },
  unsupported_media_type: {
    status: 415,
    retryable: false,
    help: "Send JSON, optionally with Content-Encoding gzip or zstd.",
  },
  unreadable_frame: {
    status: 400,
    retryable: false,
    help: "The body is not the JSON object that the native wire describes.",
  },
  invalid_request: { status: 422, retryable: false, help: "A value is missing or wrong; `details` names it." },
  rate_limited: { status: 429, retryable: true, help: "Wait for `Retry-After` seconds." },
  internal: { status: 500, retryable: true, help: "Our fault. The server's log has it under the request id." },
  unavailable: {
    status: 503,
    retryable: true,
    help: "The server cannot write at the moment; retry the same batch later.",
  },
} as const;
export type ApiErrorCode = keyof typeof API_ERRORS;

/** Thrown by verbs and handlers; routes turn it into `{ error: { code, message } }`. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly details: Json | undefined;
  readonly retryAfterMs: number | undefined;
  constructor(
    code: ApiErrorCode,
    message: string,
    extra: { details?: Json; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause });
    this.name = "ApiError";
    this.code = code;
    this.details = extra.details;
    this.retryAfterMs = extra.retryAfterMs;
  }
}
