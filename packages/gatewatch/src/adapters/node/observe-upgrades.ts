import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { bindExchange, runInExchange } from "../../gate/context.ts";
import { NodeExchange } from "../../gate/node/node-exchange.ts";
import { UpgradeHead } from "../../gate/node/upgrade-head.ts";
import type { GateCore } from "../../gate/gate-core.ts";
import { HTTP_VIEW } from "./http-view.ts";
import { openExchangeOnce } from "./open-exchange-once.ts";

type Emit = (this: Server, event: string, ...args: unknown[]) => boolean;

const observed = new WeakSet<Server>();

/** Records the upgrades (WebSocket) and CONNECTs of this one server; its sockets' bytes pass untouched. Once per server. */
export function observeUpgrades(core: GateCore, server: unknown): void {
  if (!isServer(server) || observed.has(server)) return;
  observed.add(server);
  const emit = server.emit as Emit;
  const observedEmit: Emit = function observedEmit(event, ...args) {
    if (event !== "upgrade" && event !== "connect") return emit.call(this, event, ...args);
    const x = openUpgrade(core, args[0] as IncomingMessage, args[1]);
    if (x === undefined) return emit.call(this, event, ...args);
    try {
      return runInExchange(x, callEmit, this, emit, event, args);
    } catch (error) {
      x.fail(error, "throw");
      throw error;
    }
  };
  server.emit = observedEmit as Server["emit"];
}

function callEmit(server: Server, emit: Emit, event: string, args: unknown[]): boolean {
  return emit.call(server, event, ...args);
}

function isServer(value: unknown): value is Server {
  return typeof value === "object" && value !== null && "emit" in value && typeof value.emit === "function";
}

/** HTTP/2 answers a CONNECT by a response, not by a socket. */
function openUpgrade(core: GateCore, request: IncomingMessage, answer: unknown): NodeExchange | undefined {
  return request.httpVersionMajor === 2
    ? openExchangeOnce(core, request, answer as ServerResponse, HTTP_VIEW)
    : tryOpenUpgrade(core, request, answer as Duplex);
}

function tryOpenUpgrade(core: GateCore, request: IncomingMessage, socket: Duplex): NodeExchange | undefined {
  try {
    if (core.gate.isSkipped(request.method ?? "GET", request.url ?? "/")) return undefined;
    const head = new UpgradeHead();
    const x = new NodeExchange(core.gate, request, head, HTTP_VIEW, undefined);
    bindExchange(request, x);
    watchFirstWrite(socket, x, head);
    return x;
  } catch (error) {
    core.gate.guard.failed("exchange", "upgrade", error);
    return undefined;
  }
}

/** The answer to an upgrade is what the app writes first; after it, or when the socket closes before, the exchange is over. */
function watchFirstWrite(socket: Duplex, x: NodeExchange, head: UpgradeHead): void {
  const { write, end } = socket;
  const settle = (chunk: unknown): void => {
    if (socket.write === watchedWrite) socket.write = write;
    if (socket.end === watchedEnd) socket.end = end;
    head.readStatus(chunk);
    x.finish(!head.sent);
  };
  const watchedWrite = function watchedWrite(this: Duplex, ...args: unknown[]): boolean {
    settle(args[0]);
    return Reflect.apply(write, this, args);
  };
  const watchedEnd = function watchedEnd(this: Duplex, ...args: unknown[]): Duplex {
    settle(args[0]);
    return Reflect.apply(end, this, args);
  };
  socket.write = watchedWrite as Duplex["write"];
  socket.end = watchedEnd as Duplex["end"];
  socket.once("close", () => settle(undefined));
}
