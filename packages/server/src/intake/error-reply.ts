import type { ErrorBody } from "@gatewatch/protocol";
import { API_ERRORS, ApiError } from "../model/api-error.ts";
import { addToTally } from "./intake-counters.ts";
import type { IntakeDeps } from "./intake-deps.ts";

export interface ErrorReply {
  status: number;
  body: ErrorBody;
  /** Seconds for `Retry-After`. */
  retryAfterS: number | undefined;
}

/** Any failure as an error of the API: ours are told in no detail and reported. */
export function toApiFailure(error: unknown, deps: Pick<IntakeDeps, "reportFailure" | "counters">): ApiError {
  const failure = error instanceof ApiError ? error : fromFramework(error);
  if (failure.code === "internal") deps.reportFailure(error);
  addToTally(deps.counters.refused, failure.code, 1);
  return failure;
}

export function toErrorReply(failure: ApiError): ErrorReply {
  const { code, message, details, retryAfterMs } = failure;
  return {
    status: API_ERRORS[code].status,
    body: { error: details === undefined ? { code, message } : { code, message, details } },
    retryAfterS: retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(retryAfterMs / 1000)),
  };
}

/** The framework's own refusals carry a status. */
function fromFramework(error: unknown): ApiError {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (status === 413) return new ApiError("payload_too_large", "The body is too large; send smaller batches.");
  if (status === 415) return new ApiError("unsupported_media_type", "Send JSON as `Content-Type: application/json`.");
  if (typeof status === "number" && status >= 400 && status < 500)
    return new ApiError("unreadable_frame", "The request's body could not be read to its end.");
  return new ApiError("internal", "The server failed on this request; it is in its log.", { cause: error });
}
