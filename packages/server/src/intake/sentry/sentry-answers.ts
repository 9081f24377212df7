import type { FastifyInstance, FastifyReply } from "fastify";
import { API_ERRORS, type ApiError } from "../../model/api-error.ts";
import { retryAfterSeconds } from "../../model/retry-after-seconds.ts";
import { toApiFailure } from "../error-reply.ts";
import type { IntakeDeps } from "../intake-deps.ts";

/** Browsers see rate limits only where the headers are exposed to them. */
const CORS_HEADERS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "x-sentry-error, x-sentry-rate-limits, retry-after",
  "cross-origin-resource-policy": "cross-origin",
};
const PREFLIGHT_HEADERS = {
  "access-control-allow-methods": "POST, OPTIONS",
  "access-control-allow-headers":
    "x-sentry-auth, x-requested-with, x-forwarded-for, origin, referer, accept, content-type, authentication, authorization, " +
    "content-encoding, transfer-encoding, sentry-trace, baggage",
  "access-control-max-age": "3600",
};

/** Failures of this scope in the shape that SDKs know, and every answer readable by pages of any origin. */
export function answerAsSentry(scope: FastifyInstance, deps: IntakeDeps): void {
  scope.addHook("onRequest", async (_request, reply) => {
    void reply.headers(CORS_HEADERS);
  });
  scope.setErrorHandler((error, _request, reply) => sendFailure(reply, toApiFailure(error, deps)));
}

export function answerPreflight(reply: FastifyReply): FastifyReply {
  return reply.code(204).headers(PREFLIGHT_HEADERS).send();
}

function sendFailure(reply: FastifyReply, failure: ApiError): FastifyReply {
  const status = statusOf(failure);
  void reply.header("x-sentry-error", failure.message.replaceAll(/[^\x20-\x7e]+/g, " "));
  if (failure.retryAfterMs !== undefined) {
    const seconds = retryAfterSeconds(failure.retryAfterMs);
    void reply.header("retry-after", String(seconds));
    // All categories. Old clients read exactly three parts and whole seconds, and ignore anything else.
    if (status === 429) void reply.header("x-sentry-rate-limits", `${seconds}::key:rate_limited`);
  }
  return reply.code(status).send({ detail: failure.message, causes: [failure.code] });
}

/** What these clients know: 400, 403, 413, 429 and the rest as it is. */
function statusOf({ code }: ApiError): number {
  if (code === "unauthorized") return 403;
  if (code === "invalid_request" || code === "unsupported_media_type") return 400;
  return API_ERRORS[code].status;
}
