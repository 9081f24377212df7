import type { ErrorBody } from "@gatewatch/protocol";
import { API_ERRORS, ApiError } from "../model/api-error.ts";
import { isStoreAway } from "../model/is-store-away.ts";
import { retryAfterSeconds } from "../model/retry-after-seconds.ts";
import { addToTally } from "./intake-counters.ts";
import type { IntakeDeps } from "./intake-deps.ts";

const STORE_RETRY_MS = 5_000;

export interface ErrorReply {
  status: number;
  body: ErrorBody;
  /** Seconds for `Retry-After`. */
  retryAfterS: number | undefined;
}

/** Any failure as an error of the API: ours are told in no detail and reported under the id that the client gets. */
export function toApiFailure(
  error: unknown,
  deps: Pick<IntakeDeps, "reportFailure" | "counters">,
  requestId?: string,
): ApiError {
  const failure = error instanceof ApiError ? error : isStoreAway(error) ? storeAway(error) : fromFramework(error);
  if (failure.code === "internal") deps.reportFailure(error, requestId);
  addToTally(deps.counters.refused, failure.code, 1);
  return failure;
}

export function toErrorReply(failure: ApiError, requestId: string): ErrorReply {
  const { code, message, details, retryAfterMs } = failure;
  return {
    status: API_ERRORS[code].status,
    body: { error: { code, message, requestId, ...(details === undefined ? {} : { details }) } },
    retryAfterS: retryAfterMs === undefined ? undefined : retryAfterSeconds(retryAfterMs),
  };
}

function storeAway(cause: unknown): ApiError {
  const message = "The store does not answer at the moment. Send the same batch again later.";
  return new ApiError("unavailable", message, { retryAfterMs: STORE_RETRY_MS, cause });
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
