import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ApiError } from "../../model/api-error.ts";
import { nestsTooDeep } from "../../model/check-nesting.ts";
import { parseLenientJson } from "../../model/parse-lenient-json.ts";
import type { ApiDeps } from "../api-deps.ts";
import { requestIdOf } from "../http/request-id.ts";
import { API_HEADERS } from "../http/security-headers.ts";
import { detectForDemo } from "./demo-detect.ts";
import { isFields } from "./detect-order.ts";
import { sendDriftlockFailure } from "./driftlock-error.ts";
import type { DriftlockAnswer, DriftlockDeps, DriftlockRoute } from "./driftlock-route.ts";
import { DEMO_PATH, DRIFTLOCK_ROUTES, PROFILES_PATH } from "./driftlock-routes.ts";
import { type Caller, findCaller } from "./find-caller.ts";
import { isGivenName, takeGivenId } from "./given-id.ts";
import { createReplays, nameReplay } from "./replays.ts";
import { listProfiles, nameCaller } from "./stream-calls.ts";

const MAX_BODY_BYTES = 10 * 1024 * 1024;
const MAX_DEMO_BYTES = 1024 * 1024;
const MIB = 1024 * 1024;
/** Both places at which every address of this language is known. */
const PREFIXES = ["", "/api"] as const;

/** Who sent a request, found out before its body was read. */
const callers = new WeakMap<FastifyRequest, Caller>();

/** Adds the HTTP API of Driftlock, with its answers and errors in its own shape. */
export async function bindDriftlock(app: FastifyInstance, options: ApiDeps): Promise<void> {
  const deps: DriftlockDeps = { ...options, replays: createReplays(options.clock) };
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      "*",
      { parseAs: "buffer" },
      async (_request: FastifyRequest, body: string | Buffer) => body,
    );
    scope.setErrorHandler((error, request, reply) => sendDriftlockFailure(error, request, reply, deps));
    scope.addHook("onRequest", async (request, reply) => {
      takeGivenId(request);
      reply.header("x-request-id", requestIdOf(request));
    });
    for (const prefix of PREFIXES) {
      for (const route of DRIFTLOCK_ROUTES) bindRoute(scope, `${prefix}${route.path}`, route, deps);
      scope.get(`${prefix}${PROFILES_PATH}`, async (request, reply) =>
        send(request, reply, { body: listProfiles(deps) }),
      );
      scope.post(`${prefix}${DEMO_PATH}`, { bodyLimit: MAX_DEMO_BYTES }, async (request, reply) => {
        if (!deps.driftlock.hasDemo)
          throw new ApiError("not_found", "The demo is there only where the server listens on this machine alone.");
        const { body, size } = readBody(request);
        return send(request, reply, await detectForDemo({ body, size, address: request.ip ?? "local" }, deps));
      });
    }
  });
}

function bindRoute(scope: FastifyInstance, url: string, route: DriftlockRoute, deps: DriftlockDeps): void {
  scope.route({
    method: route.method,
    url,
    bodyLimit: MAX_BODY_BYTES,
    // Before the body is read: a stranger costs a look-up, not a buffer.
    onRequest: async (request, reply) => {
      const caller = await findCaller(request, route.action, deps);
      await payForRequest(request, reply, caller, deps);
      if ((request.headers["content-encoding"] ?? "identity") !== "identity")
        throw new ApiError("unsupported_media_type", "Send the body without Content-Encoding.");
      // The framework would refuse a malformed type by itself.
      request.raw.headers["content-type"] = "application/octet-stream";
      callers.set(request, caller);
    },
    handler: async (request, reply) => {
      const caller = callers.get(request)!;
      const { body, size, bytes } = readBody(request);
      const at = deps.clock();
      const answer = await route.handler(
        {
          caller,
          id: (request.params as { id?: string }).id ?? "",
          query: new URLSearchParams(request.query as Record<string, string>),
          body,
          size,
          retryKey: nameRetry(request, body, bytes),
          at,
        },
        deps,
      );
      if (answer.audit !== undefined) {
        const { name, action } = route;
        if (action === "manage" || action === "triage")
          await deps.store.control.addAudit({
            at,
            actor: nameCaller(caller),
            action: `driftlock.${name}`,
            projectId: caller.projectId,
            detail: { change: answer.audit },
          });
      }
      return send(request, reply, answer);
    },
  });
}

/** One token, and one more for each MiB that is announced. @throws ApiError `rate_limited` */
async function payForRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  { credentialId }: Caller,
  { shared, driftlock, clock }: DriftlockDeps,
): Promise<void> {
  const { requestsPerSecond: limit } = driftlock;
  const length = request.headers["content-length"];
  const bytes =
    length === undefined && request.headers["transfer-encoding"] !== undefined ? MAX_BODY_BYTES : Number(length ?? 0);
  const cost = 1 + Math.floor(Math.min(bytes || 0, MAX_BODY_BYTES) / MIB);
  const taken = await shared.takeTokens(`driftlock:${credentialId}`, Math.min(cost, limit), limit, limit);
  reply.header("x-ratelimit-limit", String(limit));
  reply.header("x-ratelimit-remaining", String(taken.ok ? Math.floor(taken.left) : 0));
  if (taken.ok) return;
  reply.header("x-ratelimit-reset", String(Math.ceil((clock() + taken.retryAfterMs) / 1000)));
  throw new ApiError("rate_limited", `This key sends more than ${limit} requests a second.`, {
    retryAfterMs: taken.retryAfterMs,
  });
}

/** @throws ApiError `invalid_request` when the body is no JSON object. */
function readBody(request: FastifyRequest): { body: Record<string, unknown>; size: number; bytes: Buffer } {
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (bytes.length === 0) return { body: {}, size: 0, bytes };
  if (nestsTooDeep(bytes)) throw new ApiError("invalid_request", "invalid json: nested too deep");
  let body: unknown;
  try {
    body = parseLenientJson(bytes.toString("utf8"));
  } catch {
    throw new ApiError("invalid_request", "invalid json");
  }
  if (!isFields(body)) throw new ApiError("invalid_request", "invalid json: expected an object");
  return { body, size: bytes.length, bytes };
}

/** A client repeats a request under its first id, and with the same bytes. */
function nameRetry(
  request: FastifyRequest,
  { request_id: inBody }: Record<string, unknown>,
  bytes: Buffer,
): string | null {
  const { headers } = request;
  const given = [headers["idempotency-key"], headers["x-request-id"], inBody].find(
    (candidate) => typeof candidate === "string" && isGivenName(candidate),
  );
  return given === undefined ? null : nameReplay(given as string, bytes);
}

function send(request: FastifyRequest, reply: FastifyReply, answer: DriftlockAnswer): FastifyReply {
  return reply
    .code(answer.status ?? 200)
    .headers({ ...API_HEADERS, ...answer.headers })
    .type("application/json; charset=utf-8")
    .send(JSON.stringify({ ...answer.body, request_id: requestIdOf(request) }));
}
