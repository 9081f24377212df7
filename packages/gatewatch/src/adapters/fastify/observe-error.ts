import type { FastifyReply, FastifyRequest } from "fastify";
import type { GateCore } from "../../gate/gate-core.ts";
import type { NodeExchange } from "../../gate/node/node-exchange.ts";
import { trySendReply } from "../../gate/node/send-reply.ts";
import { tellError } from "../node/tell-error.ts";

interface RouteContext {
  errorHandler?: { func?: { name: string } };
}

/** Tells the layers about an error, then lets Fastify go on with `done`, unless a layer answers it. */
export function observeError(
  core: GateCore,
  x: NodeExchange,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  done: () => void,
): void {
  const { reply: own, held } = tellError(core, x, error, "next");
  const answer = own ?? (hasDefaultHandler(request) ? x.gate.runUnhandled(x, error) : undefined);
  const goOn = (): void => {
    if (answer === undefined || !trySendReply(x, reply.raw, answer)) done();
    else takePlace(request, reply, error, answer.status);
  };
  if (held === undefined) goOn();
  else void held.then(goOn);
}

/** Fastify must not answer what is answered, but its log is to say of the error what it would have said. */
function takePlace(request: FastifyRequest, reply: FastifyReply, error: unknown, status: number): void {
  reply.hijack();
  if (request.server.initialConfig.disableRequestLogging === true) return;
  const message = error instanceof Error ? error.message : String(error);
  reply.log[status >= 500 ? "error" : "info"]({ req: request, res: reply, err: error }, message);
}

/** Whether the app leaves errors of this route to Fastify. Fastify says so only inside of itself; where it is not found, it counts as no. */
function hasDefaultHandler(request: FastifyRequest): boolean {
  const key = Object.getOwnPropertySymbols(request).find(({ description }) => description === "fastify.context");
  if (key === undefined) return false;
  const context = Reflect.get(request, key) as RouteContext | undefined;
  return context?.errorHandler?.func?.name === "defaultErrorHandler";
}
