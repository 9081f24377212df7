import { randomUUID } from "node:crypto";
import type { FastifyRequest } from "fastify";

const ids = new WeakMap<FastifyRequest, string>();

/** The id that this request is answered and logged under. */
export function requestIdOf(request: FastifyRequest): string {
  let id = ids.get(request);
  if (id === undefined) ids.set(request, (id = randomUUID()));
  return id;
}

/** Takes the client's own id for it. */
export function adoptRequestId(request: FastifyRequest, id: string): void {
  ids.set(request, id);
}
