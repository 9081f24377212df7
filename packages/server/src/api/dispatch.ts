import { Compile } from "typebox/compile";
import type { TSchema } from "typebox";
import { can, scopeFor, type Action } from "../auth/can.ts";
import { ApiError } from "../model/api-error.ts";
import type { Principal } from "../model/principal.ts";
import type { ProjectRecord } from "../model/store.ts";
import type { ApiDeps } from "./api-deps.ts";
import type { ApiRequest, ApiRoute } from "./route.ts";

/** A request as the binding read it: nothing of it is checked yet. */
export interface RawRequest {
  principal: Principal | null;
  params: Record<string, string>;
  query: Record<string, unknown>;
  body: unknown;
  ifNoneMatch: string | null;
  address: string;
  userAgent: string | null;
  /** The server's address as the client has it. */
  origin?: string;
}

/** Who asks must be allowed to, before a word of the request is looked at. Throws `unauthorized`, `forbidden`, `not_found` or `invalid_request`. */
export async function prepareRequest(route: ApiRoute, raw: RawRequest, deps: ApiDeps): Promise<ApiRequest> {
  const { project: wanted, ...query } = raw.query;
  const project = await authorise(route, raw.principal, wanted, deps);
  const demand = (action: Action) => {
    if (!raw.principal) throw noCredential();
    if (!can(raw.principal, action, project?.id ?? null)) throw tooLittle(raw.principal, action);
  };
  return {
    params: check(route.params, raw.params, "path", true),
    query: check(route.query, query, "query", true),
    body: check(route.kind === "answer" ? route.body : undefined, raw.body, "body", false),
    bytes: raw.body instanceof Uint8Array && raw.body.length > 0 ? raw.body : null,
    ifNoneMatch: raw.ifNoneMatch,
    get principal() {
      if (!raw.principal) throw noCredential();
      return raw.principal;
    },
    get project() {
      if (!project) throw new ApiError("not_found", "There is no project yet; make one with POST /api/projects.");
      return project;
    },
    actor: raw.principal && route.method !== "GET" ? await nameActor(raw.principal, deps) : "somebody",
    address: raw.address,
    userAgent: raw.userAgent,
    origin: raw.origin ?? null,
    at: deps.clock(),
    demand,
    may: (action) => raw.principal !== null && can(raw.principal, action, project?.id ?? null),
  };
}

async function authorise(
  route: ApiRoute,
  principal: Principal | null,
  wanted: unknown,
  deps: ApiDeps,
): Promise<ProjectRecord | null> {
  if (route.access.scope === "public") return null;
  if (!principal) throw noCredential();
  const { action } = route.access;
  if (route.access.scope === "server") {
    if (!can(principal, action, null)) throw tooLittle(principal, action);
    return null;
  }
  if (principal.kind === "token") {
    // The scope first: a token that may do nothing here learns nothing of projects either.
    if (!can(principal, action, principal.projectId)) throw tooLittle(principal, action);
    const own = await deps.store.control.getProject(principal.projectId);
    if (!own) throw noProject();
    if (wanted !== undefined && wanted !== String(own.id) && wanted !== own.slug) {
      throw new ApiError("forbidden", "This token belongs to another project than the one asked for.");
    }
    return own;
  }
  const project = await findProject(wanted, deps);
  if (!can(principal, action, project?.id ?? null)) throw tooLittle(principal, action);
  return project;
}

async function findProject(wanted: unknown, deps: ApiDeps): Promise<ProjectRecord | null> {
  if (wanted === undefined) return (await deps.store.control.listProjects())[0] ?? null;
  if (typeof wanted !== "string") throw noProject();
  const found = /^[1-9]\d{0,14}$/.test(wanted)
    ? await deps.store.control.getProject(Number(wanted))
    : await deps.store.control.findProject(wanted);
  if (!found) throw noProject();
  return found;
}

async function nameActor(principal: Principal, deps: ApiDeps): Promise<string> {
  switch (principal.kind) {
    case "operator":
      return "operator";
    case "token":
      return `token ${principal.credentialId}`;
    case "user":
      return (await deps.store.control.getUser(principal.userId))?.email ?? `user ${principal.userId}`;
  }
}

/** The refusal of a request that proves nobody. */
export function noCredential(): ApiError {
  return new ApiError(
    "unauthorized",
    "No valid credential was sent: sign in, or send a token as `Authorization: Bearer …`.",
  );
}

function noProject(): ApiError {
  return new ApiError("not_found", "There is no such project.");
}

function tooLittle(principal: Principal, action: Action): ApiError {
  const scope = scopeFor(action);
  if (principal.kind !== "token")
    return new ApiError("forbidden", `Your role does not allow this (it needs ${action}).`);
  if (scope === null) return new ApiError("forbidden", "A token cannot do this; only a person who is signed in can.");
  if (principal.scope === "admin") {
    return new ApiError(
      "forbidden",
      "This concerns the whole server: sign in as an admin, or use an admin token of the first project.",
    );
  }
  return new ApiError("forbidden", `This needs a token with the scope ${scope}; this one has ${principal.scope}.`);
}

const compiled = new WeakMap<TSchema, ReturnType<typeof Compile>>();
const NOTHING = { type: "object", additionalProperties: false } as TSchema;

function check(
  schema: TSchema | undefined,
  value: unknown,
  where: "path" | "query" | "body",
  convert: boolean,
): unknown {
  if (!schema && where === "body") return undefined;
  const rule = schema ?? NOTHING;
  let validator = compiled.get(rule);
  if (!validator) compiled.set(rule, (validator = Compile(rule)));
  const candidate = convert ? validator.Convert(value) : value;
  if (validator.Check(candidate)) return candidate;
  const faults = validator
    .Errors(candidate)
    .slice(0, 5)
    .filter((fault) => fault.keyword !== "boolean")
    .map((fault) => {
      const extra = (fault.params as { additionalProperties?: string[] }).additionalProperties;
      const at = `${where}${fault.instancePath}`;
      return {
        at: at.slice(0, 200),
        message: extra
          ? `does not know ${extra.map((key) => JSON.stringify(key.slice(0, 60))).join(", ")}`
          : fault.message,
      };
    });
  const first = faults[0];
  throw new ApiError("invalid_request", first ? `${first.at} ${first.message}.` : `The ${where} is not as expected.`, {
    details: faults,
  });
}
