import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { WIRE_LIMITS, type ErrorEvent } from "@gatewatch/protocol";
import { ApiError } from "../model/api-error.ts";
import { admitClient, takeRate, type IntakeClient } from "./admit-client.ts";
import { MAX_ANALYZE_BYTES } from "./analyze-error-decoder.ts";
import { decompress, parseContentEncoding } from "./decompress.ts";
import { toApiFailure, toErrorReply } from "./error-reply.ts";
import { analyseWithin } from "./instant-analysis.ts";
import { IntakeError } from "./intake-error.ts";
import type { IntakeDeps } from "./intake-deps.ts";
import type { BatchReceiver } from "./receive-batch.ts";

type Handler = (body: Buffer, request: FastifyRequest, client: IntakeClient) => Promise<unknown>;

interface IntakeRoute {
  url: string;
  bodyLimit: number;
  /** Other content types answer 415. */
  accepts: RegExp;
  handle: Handler;
}

const JSON_TYPES = /^(?:application\/(?:[\w.+-]+\+)?json|text\/plain|application\/octet-stream)(?:;|$)/i;
const ANY_TYPE = /^/;
const OTHER_METHODS = ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** Registers `POST /v1/events` and `POST /api/v1/analyze-error`; every 2xx follows the journal. */
export function registerIntakeRoutes(app: FastifyInstance, deps: IntakeDeps, receiver: BatchReceiver): void {
  const routes: IntakeRoute[] = [
    {
      url: "/v1/events",
      bodyLimit: WIRE_LIMITS.maxBatchBytes,
      accepts: JSON_TYPES,
      handle: async (body, _request, client) => (await receiver.receive("native", body, client)).answer,
    },
    {
      url: "/api/v1/analyze-error",
      bodyLimit: MAX_ANALYZE_BYTES,
      accepts: ANY_TYPE,
      handle: async (body, _request, client) => {
        const { decoded } = await receiver.receive("analyzeError", body, client);
        const event = decoded.batch.events![0] as ErrorEvent;
        const analysis = await analyseWithin(() => deps.analyseInstantly(event, client.projectId), deps.reportFailure);
        return { status: "received", id: event.id, analysis };
      },
    },
  ];

  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    scope.setErrorHandler((error, _request, reply) => sendFailure(error, reply, deps));
    for (const route of routes) addRoute(scope, route, deps);
  });
}

function addRoute(scope: FastifyInstance, route: IntakeRoute, deps: IntakeDeps): void {
  const clients = new WeakMap<FastifyRequest, IntakeClient>();
  for (const url of [route.url, `${route.url}/`]) {
    scope.route({
      method: "POST",
      url,
      bodyLimit: route.bodyLimit,
      // Before the body is read: a stranger costs a look-up, not a buffer.
      onRequest: async (request) => {
        const client = await admitClient(request.headers.authorization, deps);
        checkContentType(request, route);
        await takeRate(client, declaredBytes(request), deps);
        // The framework would refuse a malformed type by itself; the routes decide that.
        request.raw.headers["content-type"] = "application/octet-stream";
        clients.set(request, client);
      },
      handler: async (request) => {
        const client = clients.get(request)!;
        const encoding = parseContentEncoding(request.headers["content-encoding"]);
        const body = await decompress(asBuffer(request.body), encoding, route.bodyLimit);
        return route.handle(body, request, client);
      },
    });
    scope.route({
      method: [...OTHER_METHODS],
      url,
      // A body of the wrong method is not read.
      onRequest: async (_request, reply) => {
        void reply.header("Allow", "POST");
        throw new ApiError("method_not_allowed", `Only POST is understood at ${route.url}.`);
      },
      handler: async () => undefined,
    });
  }
}

function checkContentType(request: FastifyRequest, route: IntakeRoute): void {
  const type = request.headers["content-type"];
  if (type === undefined || route.accepts.test(type.trim())) return;
  throw new IntakeError("unsupported_media_type", "Send JSON as `Content-Type: application/json`.");
}

/** Bodies without a length are priced as the largest one. */
function declaredBytes(request: FastifyRequest): number {
  const length = request.headers["content-length"];
  if (length === undefined)
    return request.headers["transfer-encoding"] === undefined ? 0 : WIRE_LIMITS.maxCompressedBytes;
  return Math.min(Number(length) || 0, WIRE_LIMITS.maxBatchBytes);
}

function asBuffer(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

function sendFailure(error: unknown, reply: FastifyReply, deps: IntakeDeps): FastifyReply {
  const requestId = randomUUID();
  const { status, body, retryAfterS } = toErrorReply(toApiFailure(error, deps, requestId), requestId);
  void reply.header("X-Request-ID", requestId);
  if (retryAfterS !== undefined) void reply.header("Retry-After", String(retryAfterS));
  if (status === 401) void reply.header("WWW-Authenticate", "Bearer");
  return reply.code(status).send(body);
}
