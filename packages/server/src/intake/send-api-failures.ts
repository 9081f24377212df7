import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { toApiFailure, toErrorReply } from "./error-reply.ts";
import type { IntakeDeps } from "./intake-deps.ts";

/** Failures of this scope's routes are told in the API's own shape. */
export function sendApiFailures(scope: FastifyInstance, deps: IntakeDeps): void {
  scope.setErrorHandler((error, _request, reply) => {
    const requestId = randomUUID();
    const { status, body, retryAfterS } = toErrorReply(toApiFailure(error, deps, requestId), requestId);
    void reply.header("X-Request-ID", requestId);
    if (retryAfterS !== undefined) void reply.header("Retry-After", String(retryAfterS));
    if (status === 401) void reply.header("WWW-Authenticate", "Bearer");
    return reply.code(status).send(body);
  });
}
