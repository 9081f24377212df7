import type { FastifyInstance } from "fastify";
import { API_ERRORS } from "../../model/api-error.ts";
import { retryAfterSeconds } from "../../model/retry-after-seconds.ts";
import { toApiFailure } from "../error-reply.ts";
import type { IntakeDeps } from "../intake-deps.ts";

/** Failures of this scope's routes are `{ "detail": … }`; a key that is not known is 403 here, and only a missing one 401. */
export function sendDetails(scope: FastifyInstance, deps: IntakeDeps): void {
  scope.setErrorHandler((error, request, reply) => {
    const failure = toApiFailure(error, deps);
    const hasKey = request.headers["x-api-key"] !== undefined || request.headers.authorization !== undefined;
    const status = failure.code === "unauthorized" && hasKey ? 403 : API_ERRORS[failure.code].status;
    if (failure.retryAfterMs !== undefined)
      void reply.header("Retry-After", String(retryAfterSeconds(failure.retryAfterMs)));
    return reply.code(status).send({ detail: failure.message });
  });
}
