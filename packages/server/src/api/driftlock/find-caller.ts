import type { FastifyRequest } from "fastify";
import type { TokenScope } from "@gatewatch/protocol";
import { can, scopeFor, type Action } from "../../auth/can.ts";
import { demandToken } from "../../auth/demand-token.ts";
import { DRIFTLOCK_PREFIX, parseDriftlockKey } from "../../auth/driftlock-key.ts";
import { ApiError } from "../../model/api-error.ts";
import type { ApiDeps } from "../api-deps.ts";

/** Who asks; whatever it asks is about this project. */
export interface Caller {
  projectId: number;
  credentialId: number;
  scope: TokenScope;
  /** The only stream that the key may be used for. */
  boundTo: string | null;
}

const BEARER = /^bearer +(\S{1,512})$/i;
/** Roles of keys by what our tokens call it. */
const ROLES: Readonly<Record<TokenScope, string>> = { ingest: "stream", read: "read", admin: "admin" };

/** The key of a request, in either of its places. */
export function readKey({ headers }: Pick<FastifyRequest, "headers">): string | undefined {
  const own = headers["x-api-key"];
  if (typeof own === "string" && own.trim() !== "") return own.trim();
  return BEARER.exec(headers.authorization?.trim() ?? "")?.[1];
}

/** Whether the request comes with a key of this language, valid or not. */
export function hasDriftlockKey(request: Pick<FastifyRequest, "headers">): boolean {
  return readKey(request)?.startsWith(DRIFTLOCK_PREFIX) === true;
}

/** Keys of this language, and tokens of our own; all failures look alike. @throws ApiError `unauthorized` or `forbidden` */
export async function findCaller(
  request: Pick<FastifyRequest, "headers">,
  action: Action,
  { authenticator }: Pick<ApiDeps, "authenticator">,
): Promise<Caller> {
  const key = readKey(request);
  if (key === undefined) throw unauthorized();
  const bound = parseDriftlockKey(key);
  const principal = demandToken(
    await (bound === undefined ? authenticator.authenticateSecret(key) : authenticator.authenticateDriftlockKey(key)),
  );
  if (principal === null) throw unauthorized();
  const { projectId, credentialId, scope } = principal;
  if (!can(principal, action, projectId)) {
    const needed = scopeFor(action);
    throw new ApiError(
      "forbidden",
      `This needs a key with the role ${needed === null ? "admin" : ROLES[needed]}; this one has ${ROLES[scope]}.`,
    );
  }
  return { projectId, credentialId, scope, boundTo: bound?.streamUuid ?? null };
}

function unauthorized(): ApiError {
  return new ApiError("unauthorized", "authentication failed");
}
