import type { FastifyRequest } from "fastify";
import { ApiError } from "../../model/api-error.ts";
import type { DsnPrincipal } from "../../model/principal.ts";
import { toIntakeClient, type IntakeClient } from "../admit-client.ts";
import type { IntakeDeps } from "../intake-deps.ts";

/** A DSN's parts that matter here. */
export interface Dsn {
  key: string;
  projectId: number;
}

const SCHEME = /^sentry\s+/i;
const KEY = /^\w{16,128}$/;
const PROJECT = /^[1-9]\d{0,14}$/;

/** The key of a request: in the query, in `X-Sentry-Auth`, or in `Authorization`; undefined when it is in none of them. */
export function findKey(request: FastifyRequest): string | undefined {
  const asked = (request.query as Record<string, unknown>)["sentry_key"];
  const query = Array.isArray(asked) ? asked[0] : asked;
  if (typeof query === "string" && query !== "") return query;
  for (const header of [request.headers["x-sentry-auth"], request.headers.authorization]) {
    const key = typeof header === "string" ? parseAuthHeader(header) : undefined;
    if (key !== undefined) return key;
  }
  return undefined;
}

/** `Sentry sentry_key=…, sentry_version=7`, in any order. */
function parseAuthHeader(header: string): string | undefined {
  if (!SCHEME.test(header)) return undefined;
  for (const part of header.replace(SCHEME, "").split(",")) {
    const at = part.indexOf("=");
    if (at !== -1 && part.slice(0, at).trim() === "sentry_key") return part.slice(at + 1).trim();
  }
  return undefined;
}

/** Key and project of a DSN; undefined when it is none. */
export function tryParseDsn(text: unknown): Dsn | undefined {
  if (typeof text !== "string" || text.length > 2048) return undefined;
  const url = URL.parse(text);
  const project = url?.pathname.split("/").findLast((part) => part !== "");
  if (url === null || url.username === "" || project === undefined || !PROJECT.test(project)) return undefined;
  return { key: url.username, projectId: Number(project) };
}

/** The key of a DSN may send here, and nowhere else. */
function clientOf({ projectId, credentialId }: DsnPrincipal): IntakeClient {
  return { projectId, credentialId };
}

/** Who sends with this key to this project. @throws ApiError: the key must be a live one of the project. */
export async function admitKey(
  key: string | undefined,
  project: string | number,
  request: FastifyRequest,
  deps: Pick<IntakeDeps, "authenticate">,
): Promise<IntakeClient> {
  if (key === undefined)
    throw new ApiError("forbidden", "The DSN's key is missing: send it as ?sentry_key=… or in X-Sentry-Auth.");
  const principal = KEY.test(key) ? await deps.authenticate(key) : null;
  if (principal === null) throw new ApiError("forbidden", "The DSN's key is not known or was revoked.");
  const client = principal.kind === "dsn" ? clientOf(principal) : toIntakeClient(principal);
  if (String(client.projectId) !== String(project))
    throw new ApiError("forbidden", "The DSN's key belongs to another project than the one in the address.");
  return { ...client, address: request.ip };
}
