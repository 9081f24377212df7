import type { FastifyRequest } from "fastify";
import { checkOrigin } from "../../auth/check-origin.ts";
import { demandToken } from "../../auth/demand-token.ts";
import { readSessionCookie } from "../../auth/session-cookie.ts";
import { findSession } from "../../auth/session.ts";
import type { Principal } from "../../model/principal.ts";
import type { ApiDeps } from "../api-deps.ts";
import { originOf, placeOf } from "./browser-place.ts";

export interface Found {
  principal: Principal | null;
  /** The session's secret when its cookie should be sent again, so that it slides with the session. */
  renew: string | null;
}

/** Who sends the request. A write that rests on a cookie must come from our own pages, and the key of a DSN is for nothing here: throws `forbidden`. */
export async function findPrincipal(request: FastifyRequest, deps: ApiDeps): Promise<Found> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const known = deps.authenticator.authenticateNow(authorization);
    const principal = known === undefined ? await deps.authenticator.authenticate(authorization) : known;
    return { principal: demandToken(principal), renew: null };
  }
  const place = placeOf(request, deps.publicUrl);
  const secret = readSessionCookie(place, request.headers.cookie);
  if (secret === null) return { principal: null, renew: null };
  const found = await findSession(deps.store, secret, deps.clock());
  if (!found) return { principal: null, renew: null };
  if (request.method !== "GET" && request.method !== "HEAD") demandOwnOrigin(request, deps);
  return { principal: found.principal, renew: found.renewed ? secret : null };
}

/** Throws `forbidden` when the browser says that another site made it send this request, or says nothing. */
function demandOwnOrigin(request: FastifyRequest, deps: Pick<ApiDeps, "publicUrl">): void {
  const fetchSite = request.headers["sec-fetch-site"];
  checkOrigin(
    {
      host: request.headers.host,
      origin: request.headers.origin,
      secFetchSite: Array.isArray(fetchSite) ? fetchSite.join() : fetchSite,
    },
    { secure: placeOf(request, deps.publicUrl).secure, publicOrigin: originOf(deps.publicUrl) },
  );
}

/** The same for requests without a session, where a script that sends neither header is welcome. */
export function refuseOtherOrigin(request: FastifyRequest, deps: Pick<ApiDeps, "publicUrl">): void {
  if (request.headers.origin === undefined && request.headers["sec-fetch-site"] === undefined) return;
  demandOwnOrigin(request, deps);
}
