import type { IncomingMessage, ServerResponse } from "node:http";
import { exchangeOf } from "../../gate/context.ts";
import { type FrameworkView, NodeExchange } from "../../gate/node/node-exchange.ts";
import { NodeHead } from "../../gate/node/node-head.ts";
import { tryOpenExchange } from "../../gate/node/open-exchange.ts";
import { RequestHandle } from "../../gate/request-handle.ts";
import type { GateCore } from "../../gate/gate-core.ts";

/** The exchange of this request when it is new and not skipped; `req.gatewatch` is there in any case. */
export function openExchangeOnce(
  core: GateCore,
  request: IncomingMessage,
  response: ServerResponse,
  view: FrameworkView,
): NodeExchange | undefined {
  if (exchangeOf(request) !== undefined) return undefined;
  const x = core.gate.isSkipped(request.url ?? "/") ? undefined : tryOpenExchange(core.gate, request, response, view);
  // Facts set on a request that passes by unseen go nowhere, but setting them must work.
  const facts = x ?? new NodeExchange(core.gate, request, new NodeHead(response), view, response);
  (request as { gatewatch?: RequestHandle }).gatewatch = new RequestHandle(facts, core.recorder);
  return x;
}
