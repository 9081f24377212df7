import type { IncomingMessage, ServerResponse } from "node:http";
import { bindExchange, runInExchange } from "../context.ts";
import type { Gate } from "../gate.ts";
import { keepTickShape } from "./keep-tick-shape.ts";
import { type FrameworkView, NodeExchange } from "./node-exchange.ts";
import { NodeHead } from "./node-head.ts";
import { interceptResponse } from "./intercept-response.ts";
import { hasBody, isKeptBody, RequestBody } from "./request-body.ts";

keepTickShape();

const EXCHANGE = Symbol("gatewatch.exchange");

type Push = (this: IncomingMessage, chunk: unknown, encoding?: BufferEncoding) => boolean;

interface ObservedRequest extends IncomingMessage {
  [EXCHANGE]: { x: NodeExchange; body: RequestBody; push: Push };
}

/** The exchange of one request and its response: made, bound to the request, and the response hooked. Undefined when that failed. */
export function tryOpenExchange(
  gate: Gate,
  request: IncomingMessage,
  response: ServerResponse,
  view: FrameworkView,
): NodeExchange | undefined {
  try {
    const head = new NodeHead(response);
    const x = new NodeExchange(gate, request, head, view, response);
    if (hasBody(request)) observeBody(request, x);
    bindExchange(request, x);
    interceptResponse(response, x, head);
    return x;
  } catch (error) {
    gate.guard.failed("exchange", "open", error);
    return undefined;
  }
}

/**
 * Hooks `push` of this one request, through which Node hands in the body: it counts without reading, and runs the readers' events
 * inside the exchange's context, which a socket's read would lose.
 */
function observeBody(request: IncomingMessage, x: NodeExchange): void {
  const body = new RequestBody(isKeptBody(request) ? x.gate.maxBodyBytes : 0);
  body.bytes = request.readableLength;
  x.requestBody = body;
  const observed = request as ObservedRequest;
  observed[EXCHANGE] = { x, body, push: observed.push as Push };
  observed.push = observedPush as IncomingMessage["push"];
}

function observedPush(this: ObservedRequest, chunk: unknown, encoding?: BufferEncoding): boolean {
  const { x, body, push } = this[EXCHANGE];
  if (Buffer.isBuffer(chunk)) body.add(chunk);
  return runInExchange(x, callPush, this, push, chunk, encoding);
}

function callPush(request: IncomingMessage, push: Push, chunk: unknown, encoding?: BufferEncoding): boolean {
  return push.call(request, chunk, encoding);
}
