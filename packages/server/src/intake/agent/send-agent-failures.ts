import type { FastifyInstance } from "fastify";
import { API_ERRORS, type ApiError } from "../../model/api-error.ts";
import { retryAfterSeconds } from "../../model/retry-after-seconds.ts";
import { toApiFailure } from "../error-reply.ts";
import type { IntakeDeps } from "../intake-deps.ts";

/** Failures of this scope's routes are `{ error, details }`, the text of `error` as clients of the agent API know it. */
export function sendAgentFailures(scope: FastifyInstance, deps: IntakeDeps): void {
  scope.setErrorHandler((error, _request, reply) => {
    const failure = toApiFailure(error, deps);
    if (failure.retryAfterMs !== undefined)
      void reply.header("Retry-After", String(retryAfterSeconds(failure.retryAfterMs)));
    const { status } = API_ERRORS[failure.code];
    if (status === 401) void reply.header("WWW-Authenticate", "Bearer");
    return reply.code(status === 422 ? 400 : status).send(toBody(failure));
  });
}

function toBody({ code, message, details }: ApiError): { error: string; details: unknown } {
  if (code === "invalid_request" || code === "unreadable_frame")
    return { error: "Invalid request data", details: details ?? { non_field_errors: [message] } };
  if (code === "internal") return { error: "Analysis failed", details: message };
  return { error: message, details: { code } };
}
