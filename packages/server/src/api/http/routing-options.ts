import type { FastifyReply, FastifyRequest } from "fastify";
import { ApiError } from "../../model/api-error.ts";
import { sendDriftlockFailure } from "../driftlock/driftlock-error.ts";
import { findDriftlockRefusal } from "../driftlock/find-driftlock-refusal.ts";
import { requestIdOf } from "./request-id.ts";
import { API_HEADERS } from "./security-headers.ts";
import { toErrorAnswer } from "./write-error.ts";

/** Two hundred characters, the longest name of a stream, in percent-encoding. */
const MAX_PARAM_LENGTH = 2_000;

/** How an app finds routes, and what it answers where an address cannot even be looked up. */
export const ROUTING_OPTIONS = {
  routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  frameworkErrors: answerUnroutable,
};

/** An address that is no URL, or too long: there is nothing. */
function answerUnroutable(_error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = findDriftlockRefusal(request, request.url.split("?", 1)[0]!);
  if (refusal !== null) {
    // Nothing of it is our own fault, so there is nothing to log.
    sendDriftlockFailure(refusal.error, request, reply.headers(refusal.headers), { logError: () => undefined });
    return;
  }
  const requestId = requestIdOf(request);
  const { status, body } = toErrorAnswer(new ApiError("not_found", "There is nothing at this address."), requestId);
  void reply
    .code(status)
    .headers({ ...API_HEADERS, "x-request-id": requestId })
    .type("application/json; charset=utf-8")
    .send(JSON.stringify(body));
}
