import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { enterExchange } from "../../gate/node/enter-exchange.ts";
import type { GateCore } from "../../gate/gate-core.ts";
import { observeUpgrades } from "../node/observe-upgrades.ts";
import { openExchangeOnce } from "../node/open-exchange-once.ts";
import { NEXT_VIEW } from "./next-view.ts";

type Emit = (this: Server, event: string, ...args: unknown[]) => boolean;

/** What Node publishes of a request before its server hears of it. */
interface RequestStart {
  server?: unknown;
}

const watched = new WeakSet<object>();

/**
 * Puts the gate before every HTTP server of this process, at its first request. Next makes its server itself and before any code of the
 * app; Node's diagnostics channel tells of it, and only that one object is touched.
 */
export function watchServers(core: GateCore): void {
  subscribe("http.server.request.start", (message) => {
    const { server } = message as RequestStart;
    if (typeof server !== "object" || server === null || watched.has(server)) return;
    watched.add(server);
    attach(core, server as Server);
  });
}

function attach(core: GateCore, server: Server): void {
  observeUpgrades(core, server);
  const emit = server.emit as Emit;
  const emitGated: Emit = function emitGated(event, ...args) {
    if (event !== "request") return emit.call(this, event, ...args);
    const [request, response] = args as [IncomingMessage, ServerResponse];
    const x = openExchangeOnce(core, request, response, NEXT_VIEW);
    if (x === undefined) return emit.call(this, event, ...args);
    return enterExchange(x, response, callEmit, this, emit, args) ?? true;
  };
  server.emit = emitGated as Server["emit"];
}

function callEmit(server: Server, emit: Emit, args: unknown[]): boolean {
  return emit.call(server, "request", ...args);
}
