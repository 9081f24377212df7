import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { WIRE_LIMITS } from "@gatewatch/protocol";
import { ApiError } from "../model/api-error.ts";
import { takeRate, type IntakeClient } from "./admit-client.ts";
import { declaredBytes } from "./declared-bytes.ts";
import { decompress, parseContentEncoding } from "./decompress.ts";
import { IntakeError } from "./intake-error.ts";
import type { IntakeDeps } from "./intake-deps.ts";

/** One address to which clients post. */
export interface IntakeRoute {
  /** Also answered with a slash at its end. */
  url: string;
  /** Methods that another language answers at this address. */
  leaves?: readonly (typeof OTHER_METHODS)[number][];
  /** Bytes, after decompression too. */
  bodyLimit: number;
  /** Other content types answer 415. */
  accepts: RegExp;
  /** Who sends it. @throws ApiError */
  admit(request: FastifyRequest): Promise<IntakeClient>;
  handle(body: Buffer, request: FastifyRequest, client: IntakeClient, reply: FastifyReply): Promise<unknown>;
}

export const JSON_TYPES = /^(?:application\/(?:[\w.+-]+\+)?json|text\/plain|application\/octet-stream)(?:;|$)/i;
export const ANY_TYPE = /^/;
const OTHER_METHODS = ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** Adds a route whose client is known, and whose price is paid, before its body is read. */
export function addIntakeRoute(scope: FastifyInstance, deps: IntakeDeps, route: IntakeRoute): void {
  const clients = new WeakMap<FastifyRequest, IntakeClient>();
  for (const url of [route.url, `${route.url}/`]) {
    scope.route({
      method: "POST",
      url,
      bodyLimit: route.bodyLimit,
      // Before the body is read: a stranger costs a look-up, not a buffer.
      onRequest: async (request) => {
        const client = await route.admit(request);
        checkContentType(request, route);
        // Bodies without a length are priced as the largest one.
        const bytes = declaredBytes(request, WIRE_LIMITS.maxBatchBytes, WIRE_LIMITS.maxCompressedBytes);
        await takeRate(client, bytes, deps);
        // The framework would refuse a malformed type by itself; the routes decide that.
        request.raw.headers["content-type"] = "application/octet-stream";
        clients.set(request, client);
      },
      handler: async (request, reply) => {
        const client = clients.get(request)!;
        const encoding = parseContentEncoding(request.headers["content-encoding"]);
        const body = await decompress(asBuffer(request.body), encoding, { maxBytes: route.bodyLimit });
        return route.handle(body, request, client, reply);
      },
    });
    scope.route({
      method: OTHER_METHODS.filter((method) => !route.leaves?.includes(method)),
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

function asBuffer(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}
