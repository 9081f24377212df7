import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ApiError } from "../../model/api-error.ts";
import { takeRate, type IntakeClient } from "../admit-client.ts";
import type { IntakeDeps } from "../intake-deps.ts";
import { answerPreflight } from "./sentry-answers.ts";
import { unpackBody } from "./unpack-body.ts";

/** One address to which these clients post. */
export interface SentryRoute {
  /** Also answered without the slash at its end. */
  url: `/${string}/`;
  /** Bytes, as they come and unpacked. */
  maxBytes: number;
  /** Who sends it; undefined: the body says so. @throws ApiError */
  admit(request: FastifyRequest): Promise<IntakeClient | undefined>;
  handle(
    body: Buffer,
    request: FastifyRequest,
    client: IntakeClient | undefined,
    reply: FastifyReply,
  ): Promise<unknown>;
  /** Answers a GET; without it there is none. */
  get?(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
}

const OTHER_METHODS = ["GET", "PUT", "PATCH", "DELETE"] as const;

/** Adds a route whose client is known, and whose price is paid, before its body is read, where the request tells who it is. */
export function addSentryRoute(scope: FastifyInstance, deps: IntakeDeps, route: SentryRoute): void {
  const clients = new WeakMap<FastifyRequest, IntakeClient>();
  for (const url of [route.url, route.url.slice(0, -1)]) {
    scope.route({
      method: "POST",
      url,
      bodyLimit: route.maxBytes,
      onRequest: async (request) => {
        const client = await route.admit(request);
        if (client !== undefined) {
          await payFor(request, client, route.maxBytes, deps);
          clients.set(request, client);
        }
        // Clients name many types or none, and it makes no difference.
        request.raw.headers["content-type"] = "application/octet-stream";
      },
      handler: async (request, reply) => {
        const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const body = await unpackBody(raw, request.headers["content-encoding"], route.maxBytes);
        return route.handle(body, request, clients.get(request), reply);
      },
    });
    scope.route({
      method: "OPTIONS",
      url,
      onRequest: (_request, reply) => void answerPreflight(reply),
      handler: async () => undefined,
    });
    if (route.get !== undefined) scope.route({ method: "GET", url, exposeHeadRoute: false, handler: route.get });
    const allowed = route.get === undefined ? "POST, OPTIONS" : "GET, POST, OPTIONS";
    scope.route({
      method: OTHER_METHODS.filter((method) => method !== "GET" || route.get === undefined),
      url,
      // A body of the wrong method is not read.
      onRequest: async (_request, reply) => {
        void reply.header("Allow", allowed);
        throw new ApiError("method_not_allowed", `Only ${allowed} are understood at ${route.url}.`);
      },
      handler: async () => undefined,
    });
  }
}

/** Bodies without a length, as those of Node, are priced as small ones: most are. */
export async function payFor(
  request: FastifyRequest,
  client: IntakeClient,
  maxBytes: number,
  deps: IntakeDeps,
): Promise<void> {
  const length = Number(request.headers["content-length"] ?? 0);
  await takeRate(client, Math.min(Number.isFinite(length) ? length : 0, maxBytes), deps);
}
