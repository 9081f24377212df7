import type { IncomingMessage, ServerResponse } from "node:http";
import { exchangeOf } from "../../gate/context.ts";
import type { GateCore } from "../../gate/gate-core.ts";
import { createInertFacts } from "../../gate/inert-facts.ts";
import { type FrameworkView, NodeExchange } from "../../gate/node/node-exchange.ts";
import { NodeHead } from "../../gate/node/node-head.ts";
import { tryOpenExchange } from "../../gate/node/open-exchange.ts";
import { type AppFacts, RequestHandle } from "../../gate/request-handle.ts";

/** The exchange of this request when it is new and not skipped; `req.gatewatch` is there in any case. Never throws, whatever the request is. */
export function openExchangeOnce(
  core: GateCore,
  request: IncomingMessage,
  response: ServerResponse,
  view: FrameworkView,
): NodeExchange | undefined {
  let x: NodeExchange | undefined;
  try {
    if (exchangeOf(request) !== undefined) return undefined;
    if (!core.gate.isSkipped(request.method ?? "GET", request.url ?? "/"))
      x = tryOpenExchange(core.gate, request, response, view);
    const facts = x ?? makeFacts(core, request, response, view);
    (request as { gatewatch?: RequestHandle }).gatewatch = new RequestHandle(facts, core.recorder, core.metrics);
  } catch (error) {
    core.gate.guard.failed("exchange", "handle", error);
  }
  return x;
}

/** What was made for this request; there on every one that came through `openExchangeOnce`. */
export function handleOf(request: IncomingMessage): RequestHandle {
  return (request as unknown as { gatewatch: RequestHandle }).gatewatch;
}

/** Facts set on a request that passes by unseen go nowhere, but setting them must work. */
function makeFacts(core: GateCore, request: IncomingMessage, response: ServerResponse, view: FrameworkView): AppFacts {
  try {
    return new NodeExchange(core.gate, request, new NodeHead(response), view, response);
  } catch {
    return createInertFacts();
  }
}
