import type { FastifyRequest } from "fastify";
import { adoptRequestId } from "../http/request-id.ts";

const NAME = /^[\w.:@/+=-]{1,128}$/;

/** Whether a client's id can be told again in headers, answers and logs. */
export function isGivenName(text: string): boolean {
  return NAME.test(text);
}

/** Answers, and logs, the request under the id that the client gave it. */
export function takeGivenId(request: FastifyRequest): void {
  const given = request.headers["x-request-id"];
  if (typeof given === "string" && isGivenName(given)) adoptRequestId(request, given);
}
