import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { enterExchange } from "../../gate/node/enter-exchange.ts";
import type { FrameworkView, NodeExchange } from "../../gate/node/node-exchange.ts";
import { trySendReply } from "../../gate/node/send-reply.ts";
import type { GateCore } from "../../gate/gate-core.ts";
import { HTTP_VIEW } from "./http-view.ts";
import { observeUpgrades } from "./observe-upgrades.ts";
import { openExchangeOnce } from "./open-exchange-once.ts";

type Listener = (this: Server, request: IncomingMessage, response: ServerResponse) => unknown;

/** A request listener that does what the given one does, seen by the gate. */
export function wrapListener(core: GateCore, listener: RequestListener): RequestListener {
  const inner = listener as Listener;
  return function gatewatchListener(this: Server, request: IncomingMessage, response: ServerResponse) {
    const x = openExchangeOnce(core, request, response, HTTP_VIEW);
    observeUpgrades(core, this);
    if (x === undefined) return inner.call(this, request, response);
    return enterExchange(x, response, callListener, core, x, inner, this, request, response);
  };
}

function callListener(
  core: GateCore,
  x: NodeExchange,
  listener: Listener,
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
): unknown {
  let result: unknown;
  try {
    result = listener.call(server, request, response);
  } catch (error) {
    if (tryAnswerThrown(x, response, error)) return undefined;
    throw error;
  }
  if (!(result instanceof Promise)) return result;
  // The promise handed on is this one: whoever would have seen the rejection sees it here, with the same reason.
  return result.then(undefined, async (error: unknown) => {
    const reply = x.fail(error, "rejection");
    await core.holdForDelivery();
    if (reply === undefined || !trySendReply(x, response, reply)) throw error;
  });
}

/** What is not answered goes on to whoever would have got it: `node:http` itself answers no exception. */
function tryAnswerThrown(x: NodeExchange, response: ServerResponse, error: unknown): boolean {
  const reply = x.fail(error, "throw");
  return reply !== undefined && trySendReply(x, response, reply);
}

const attached = new WeakSet<Server>();

/** As `attachServer`, unless that was done before. */
export function attachServerOnce(core: GateCore, server: Server, view: FrameworkView): void {
  if (attached.has(server)) return;
  attached.add(server);
  attachServer(core, server, view);
}

/** Puts the gate before all `request` listeners of this one server, and sees its upgrades. */
export function attachServer(core: GateCore, server: Server, view = HTTP_VIEW): void {
  observeUpgrades(core, server);
  const emit = server.emit as (this: Server, event: string, ...args: unknown[]) => boolean;
  const emitGated = function emitGated(this: Server, event: string, ...args: unknown[]): boolean {
    if (event !== "request" && event !== "checkContinue" && event !== "checkExpectation") {
      return emit.call(this, event, ...args);
    }
    const [request, response] = args as [IncomingMessage, ServerResponse];
    const x = openExchangeOnce(core, request, response, view);
    if (x === undefined) return emit.call(this, event, ...args);
    const pass = (): boolean => {
      try {
        return emit.call(this, event, ...args);
      } catch (error) {
        if (tryAnswerThrown(x, response, error)) return true;
        throw error;
      }
    };
    return enterExchange(x, response, pass) ?? true;
  };
  server.emit = emitGated as Server["emit"];
}
