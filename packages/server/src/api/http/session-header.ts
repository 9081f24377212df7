import type { FastifyReply, FastifyRequest } from "fastify";
import { formatSessionCookie } from "../../auth/session-cookie.ts";
import { SESSION_MAX_AGE_MS } from "../../auth/session.ts";
import type { ApiDeps } from "../api-deps.ts";
import { placeOf } from "./browser-place.ts";

/** Writes the session's cookie into the answer, or removes it (null). */
export function setSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Pick<ApiDeps, "publicUrl">,
  secret: string | null,
): void {
  const maxAge = secret === null ? 0 : SESSION_MAX_AGE_MS / 1000;
  reply.header("set-cookie", formatSessionCookie(placeOf(request, deps.publicUrl), secret ?? "", maxAge));
}
