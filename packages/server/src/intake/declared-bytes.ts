import type { FastifyRequest } from "fastify";

/** How long a request says its body is, `maxBytes` at most; `whenUnknown` for one that comes in pieces and does not say. */
export function declaredBytes({ headers }: FastifyRequest, maxBytes: number, whenUnknown: number): number {
  const length = headers["content-length"];
  if (length === undefined) return headers["transfer-encoding"] === undefined ? 0 : whenUnknown;
  return Math.min(Number(length) || 0, maxBytes);
}
