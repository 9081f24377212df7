import type { FastifyRequest } from "fastify";
import { ApiError } from "../../model/api-error.ts";
import { DEMO_PATH, DRIFTLOCK_ROUTES, PROFILES_PATH } from "./driftlock-routes.ts";
import { hasDriftlockKey } from "./find-caller.ts";
import { takeGivenId } from "./given-id.ts";

const ITS_PLACE = /^(?:\/api)?\/v1(?:\/|$)/;

/** How this language refuses what no route has taken: by another method, or with its key at an address that it does not know. Null: it does not. */
export function findDriftlockRefusal(
  request: FastifyRequest,
  path: string,
): { error: ApiError; headers: Record<string, string> } | null {
  if (!ITS_PLACE.test(path)) return null;
  const methods = findMethods(path.replace(/^\/api/, ""));
  if (methods.length > 0 && !methods.includes(request.method)) {
    takeGivenId(request);
    const allow = methods.join(", ");
    const error = new ApiError("method_not_allowed", `This address knows ${allow}, not ${request.method}.`);
    return { error, headers: { allow } };
  }
  if (!hasDriftlockKey(request)) return null;
  takeGivenId(request);
  return { error: new ApiError("not_found", "There is nothing at this address."), headers: {} };
}

function findMethods(path: string): string[] {
  if (path === DEMO_PATH) return ["POST"];
  if (path === PROFILES_PATH) return ["GET"];
  const parts = path.split("/");
  return DRIFTLOCK_ROUTES.filter((route) => {
    const pattern = route.path.split("/");
    return pattern.length === parts.length && pattern.every((part, at) => part.startsWith(":") || part === parts[at]);
  }).map(({ method }) => method);
}
