import type { ErrorBody } from "@gatewatch/protocol";
import { API_ERRORS, ApiError, type ApiErrorCode } from "../../model/api-error.ts";
import { isStoreAway } from "../../model/is-store-away.ts";
import { ChannelConfigError } from "../../model/channel-config-error.ts";
import { retryAfterSeconds } from "../../model/retry-after-seconds.ts";

export interface ErrorAnswer {
  status: number;
  headers: Record<string, string>;
  body: ErrorBody;
  /** True when it is our own fault and belongs into the server's log. */
  ours: boolean;
}

const STORE_RETRY_MS = 5_000;

/** Codes of the framework's own refusals. */
const FRAMEWORK_CODES: Readonly<Record<string, [ApiErrorCode, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ["unsupported_media_type", "Send the body as application/json."],
  FST_ERR_CTP_BODY_TOO_LARGE: ["payload_too_large", "The body is larger than 256 KiB, the limit of this path."],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ["invalid_request", "The body's length is not the one that was announced."],
  FST_ERR_CTP_EMPTY_JSON_BODY: ["invalid_request", "The body is empty; expected a JSON object."],
};

/** Turns whatever was thrown into the one shape of errors; strangers never see more than its code and sentence. */
export function toErrorAnswer(error: unknown, requestId: string): ErrorAnswer {
  if (error instanceof ApiError) return answer(error, requestId);
  if (error instanceof ChannelConfigError) {
    return answer(
      new ApiError("invalid_request", error.message, { details: { field: `config.${error.key}` } }),
      requestId,
    );
  }
  if (isStoreAway(error)) {
    const message = "The store does not answer at the moment; repeat the request later.";
    return { ...answer(new ApiError("unavailable", message, { retryAfterMs: STORE_RETRY_MS }), requestId), ours: true };
  }
  const code = (error as { code?: unknown } | null)?.code;
  const known = typeof code === "string" && Object.hasOwn(FRAMEWORK_CODES, code) ? FRAMEWORK_CODES[code] : undefined;
  if (known) return answer(new ApiError(known[0], known[1]), requestId);
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status === "number" && status >= 400 && status < 500) {
    return answer(new ApiError("invalid_request", "The request could not be read."), requestId);
  }
  return { ...answer(new ApiError("internal", "Something failed on our side."), requestId), ours: true };
}

function answer(error: ApiError, requestId: string): ErrorAnswer {
  const { status } = API_ERRORS[error.code];
  const headers: Record<string, string> = {};
  if (error.retryAfterMs !== undefined) headers["retry-after"] = String(retryAfterSeconds(error.retryAfterMs));
  if (error.code === "unauthorized") headers["www-authenticate"] = 'Bearer realm="gatewatch"';
  return {
    status,
    headers,
    body: {
      error: {
        code: error.code,
        message: error.message,
        requestId,
        ...(error.details === undefined ? {} : { details: error.details }),
      },
    },
    ours: error.code === "internal",
  };
}
