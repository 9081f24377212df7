import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ApiError } from "../../model/api-error.ts";
import { takeRate, takeRest, takeStrangersRate, type IntakeClient } from "../admit-client.ts";
import { declaredBytes } from "../declared-bytes.ts";
import { decompress, parseContentEncoding } from "../decompress.ts";
import type { IntakeDeps } from "../intake-deps.ts";
import { answerPreflight } from "./sentry-answers.ts";

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

/** Of a body, as it comes and unpacked. */
export const MAX_BODY_BYTES = 20 * 1024 * 1024;
/** What may be read, and unpacked, before it is known who sends it. */
export const MAX_STRANGER_BYTES = 1024 * 1024;
/** On the wire, compressed. */
const MAX_PACKED_BYTES = 8 * 1024 * 1024;
/** Text that repeats itself is packed by brotli a hundredfold and more. */
const MAX_RATIO = 1_000;
const ENCODINGS = ["gzip", "deflate", "br", "zstd"] as const;
const OTHER_METHODS = ["GET", "PUT", "PATCH", "DELETE"] as const;

/**
 * Adds a route whose client is known, and whose price is paid, before its body is read, where the request tells who it is;
 * strangers pay by address. What a body turns out to hold beyond its declared length is paid before it is understood; those
 * of Node declare none.
 */
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
          await takeRate(client, declaredBytes(request, route.maxBytes, 0), deps);
          clients.set(request, client);
        } else await takeStrangersRate(request.ip, declaredBytes(request, route.maxBytes, 0), deps);
        // Clients name many types or none, and it makes no difference.
        request.raw.headers["content-type"] = "application/octet-stream";
      },
      handler: async (request, reply) => {
        const client = clients.get(request);
        const body = await unpack(request, client === undefined ? MAX_STRANGER_BYTES : route.maxBytes);
        const rest = body.length - declaredBytes(request, route.maxBytes, 0);
        if (client !== undefined) await takeRest(client, rest, deps);
        else if (rest > 0) await takeStrangersRate(request.ip, rest, deps);
        return route.handle(body, request, client, reply);
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

async function unpack(request: FastifyRequest, maxBytes: number): Promise<Buffer> {
  const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const encoding = parseContentEncoding(request.headers["content-encoding"], ENCODINGS);
  return decompress(raw, encoding, { maxBytes, maxPackedBytes: MAX_PACKED_BYTES, maxRatio: MAX_RATIO });
}
