import { promisify } from "node:util";
import { gzip, gzipSync } from "node:zlib";
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { ApiError } from "../../model/api-error.ts";
import type { Principal } from "../../model/principal.ts";
import type { ApiDeps, ApiOptions } from "../api-deps.ts";
import { noCredential, prepareRequest, type RawRequest } from "../dispatch.ts";
import { bindDriftlock } from "../driftlock/bind-driftlock.ts";
import { createLiveHub } from "../live/live-hub.ts";
import { makeOpenapi } from "../openapi.ts";
import { bindPages } from "../pages/bind-pages.ts";
import { bindProbes } from "../pages/bind-probes.ts";
import { countRequests, type HttpCounts } from "../pages/http-counts.ts";
import type { AnswerRoute, ApiAnswer, ApiRoute, StreamRoute } from "../route.ts";
import { bindPrometheus } from "../prometheus/bind-prometheus.ts";
import { API_ROUTES } from "../routes.ts";
import { acceptsGzip } from "./accepts-gzip.ts";
import { findPrincipal, refuseOtherOrigin, type Found } from "./find-principal.ts";
import { openStream } from "./open-stream.ts";
import { requestIdOf } from "./request-id.ts";
import { API_HEADERS } from "./security-headers.ts";
import { setSessionCookie } from "./session-header.ts";
import { toErrorAnswer } from "./write-error.ts";

const MAX_BODY_BYTES = 256 * 1024;
const BYTES_TYPE = "application/octet-stream";
const MIN_GZIP_BYTES = 1024;
/** Packed in half a millisecond, less than a busy machine takes to wake another thread. */
const MAX_SYNC_GZIP_BYTES = 32 * 1024;
const GZIP = { level: 4 };
/** Who sent a request, found out before its body was read. */
const identities = new WeakMap<FastifyRequest, Found>();
const compress = promisify<string, { level: number }, Buffer>(gzip);

export interface ApiBinding {
  /** Everybody who reaches this listener is this principal: for the control socket, which only the owner can open. */
  trustedAs?: Principal;
}

/** Adds the REST API, the probes and the dashboard's pages to a Fastify app, in a scope of their own. */
export async function registerApi(app: FastifyInstance, options: ApiOptions, binding: ApiBinding = {}): Promise<void> {
  await app.register(createApi(options, binding, countRequests(app)));
}

/** The same as a plugin. It also answers what nobody else does: 404 and 405 as errors, the dashboard's paths as its page. */
function createApi(options: ApiOptions, binding: ApiBinding, http: HttpCounts): FastifyPluginAsync {
  return async (app) => {
    const live = createLiveHub(options);
    const deps: ApiDeps = { ...options, live, openapi: makeOpenapi(API_ROUTES, options.version) };
    app.addHook("preClose", async () => live.close());
    app.addHook("onRequest", async (request, reply) => {
      reply.header("x-request-id", requestIdOf(request));
    });
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(
      "application/json",
      { parseAs: "string", bodyLimit: MAX_BODY_BYTES },
      async (_request: FastifyRequest, text: string | Buffer) => parseJson(String(text)),
    );
    app.addContentTypeParser(
      BYTES_TYPE,
      { parseAs: "buffer", bodyLimit: 1 },
      async (_request: FastifyRequest, bytes: string | Buffer) => bytes,
    );
    app.setErrorHandler((error, request, reply) => sendError(error, request, reply, deps));

    for (const route of API_ROUTES) {
      app.route({
        method: route.method,
        url: route.path,
        exposeHeadRoute: route.kind === "answer",
        ...(takesBytes(route) ? { bodyLimit: route.bytes!.maxInput } : {}),
        // Before the body is read: a stranger costs a look-up, not a buffer.
        onRequest: async (request) => {
          const found = await identify(route, request, deps, binding);
          identities.set(request, found);
          if (route.access.scope !== "public" && !found.principal) throw noCredential();
          checkType(route, request.headers["content-type"]);
        },
        handler: (request, reply) =>
          route.kind === "answer"
            ? answerRequest(route, request, reply, deps)
            : streamRequest(route, request, reply, deps, binding),
      });
    }
    await bindProbes(app, deps, { ...binding, http });
    await bindPrometheus(app, deps);
    await bindDriftlock(app, deps);
    await bindPages(app, deps);
  };
}

async function answerRequest(
  route: AnswerRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: ApiDeps,
): Promise<FastifyReply> {
  const { principal, renew } = identities.get(request)!;
  const prepared = await prepareRequest(route, toRawRequest(request, principal), deps);
  const answer = await route.handler(prepared, deps);
  if (isAudited(route) || answer.audit !== undefined) {
    await deps.store.control.addAudit({
      at: prepared.at,
      actor: prepared.actor,
      action: route.id,
      projectId: route.access.scope === "project" ? prepared.project.id : null,
      detail: {
        params: request.params as Record<string, string>,
        ...(answer.audit === undefined ? {} : { change: answer.audit }),
      },
    });
  }
  const session = answer.session === undefined ? (renew ?? undefined) : answer.session;
  if (session !== undefined) setSessionCookie(request, reply, deps, session);
  return send(route, answer, request, reply);
}

async function streamRequest(
  route: StreamRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: ApiDeps,
  binding: ApiBinding,
): Promise<FastifyReply> {
  const { principal } = identities.get(request)!;
  const prepared = await prepareRequest(route, toRawRequest(request, principal), deps);
  const isStillAllowed = async () => {
    const again = await identify(route, request, deps, binding);
    await prepareRequest(route, toRawRequest(request, again.principal), deps);
    return true;
  };
  route.checkRoom(deps);
  let stop: (() => void) | undefined;
  const headers = { ...API_HEADERS, "x-request-id": requestIdOf(request) };
  const sink = openStream(request, reply, headers, isStillAllowed, () => stop?.());
  stop = route.open(prepared, deps, sink);
  return reply;
}

async function identify(route: ApiRoute, request: FastifyRequest, deps: ApiDeps, binding: ApiBinding): Promise<Found> {
  if (binding.trustedAs) return { principal: binding.trustedAs, renew: null };
  if (route.access.scope === "public" && route.method !== "GET") refuseOtherOrigin(request, deps);
  return findPrincipal(request, deps);
}

function toRawRequest(request: FastifyRequest, principal: Principal | null): RawRequest {
  return {
    principal,
    params: request.params as Record<string, string>,
    query: request.query as Record<string, unknown>,
    body: request.body,
    ifNoneMatch: request.headers["if-none-match"] ?? null,
    // A Unix socket has no address.
    address: request.ip ?? "local",
    userAgent: request.headers["user-agent"] ?? null,
    origin: `${request.protocol}://${request.host}`,
  };
}

async function send(
  route: AnswerRoute,
  answer: ApiAnswer,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  reply.headers({ ...API_HEADERS, ...answer.headers });
  if (answer.bytes !== undefined) return reply.code(200).type(BYTES_TYPE).send(Buffer.from(answer.bytes));
  if (answer.body === undefined) return reply.code(answer.status ?? route.status ?? 204).send();
  reply.code(answer.status ?? route.status ?? 200).header("content-type", "application/json; charset=utf-8");
  const text = JSON.stringify(answer.body);
  reply.header("vary", "Accept-Encoding");
  if (text.length < MIN_GZIP_BYTES || !acceptsGzip(request.headers["accept-encoding"])) return reply.send(text);
  const packed = text.length <= MAX_SYNC_GZIP_BYTES ? gzipSync(text, GZIP) : await compress(text, GZIP);
  return reply.header("content-encoding", "gzip").send(packed);
}

/** What apps send all the time is no deed of a person. */
function isAudited({ method, access }: AnswerRoute): boolean {
  return method !== "GET" && !(access.scope === "project" && access.action === "ingest");
}

function takesBytes(route: ApiRoute): route is AnswerRoute {
  return route.kind === "answer" && route.bytes !== undefined && route.bytes.maxInput > 0;
}

/** Bytes only where bytes are read, and nothing else there. */
function checkType(route: ApiRoute, type: string | undefined): void {
  const isBytes = type?.startsWith(BYTES_TYPE) ?? false;
  if (type === undefined || isBytes === takesBytes(route)) return;
  throw new ApiError(
    "unsupported_media_type",
    takesBytes(route) ? `Send the body as ${BYTES_TYPE}.` : "Send the body as application/json.",
  );
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply, deps: ApiDeps): FastifyReply {
  const requestId = requestIdOf(request);
  const answer = toErrorAnswer(error, requestId);
  if (answer.ours) deps.logError("A request to the API failed.", { requestId, error });
  return reply
    .code(answer.status)
    .headers({ ...API_HEADERS, ...answer.headers, "x-request-id": requestId })
    .type("application/json; charset=utf-8")
    .send(JSON.stringify(answer.body));
}

function parseJson(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError("invalid_request", "The body is not JSON.");
  }
}
