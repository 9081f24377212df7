import type { IncomingMessage, ServerResponse } from "node:http";
import type { ErrorMechanism, Json } from "@gatewatch/protocol";
import type { Gatewatch, GatewatchOptions } from "../../create-gatewatch.ts";
import { currentExchange } from "../../gate/context.ts";
import { buildReply } from "../../gate/fetch/build-reply.ts";
import { FetchExchange } from "../../gate/fetch/fetch-exchange.ts";
import { enterRoute } from "../../gate/fetch/guard-fetch.ts";
import { passFetch } from "../../gate/fetch/pass-fetch.ts";
import { endUnanswered } from "../../gate/fetch/settle-response.ts";
import type { RouteLayers } from "../../gate/route-layers.ts";
import { enterExchange } from "../../gate/node/enter-exchange.ts";
import { NodeExchange } from "../../gate/node/node-exchange.ts";
import type { RequestHandle } from "../../gate/request-handle.ts";
import { openFetchOnce } from "../fetch/open-fetch-once.ts";
import { openExchangeOnce } from "../node/open-exchange-once.ts";
import { resolveGatewatch } from "../resolve-gatewatch.ts";
import { isControlFlow, statusOfControlFlow } from "./control-flow.ts";
import { nameSegments, NEXT_VIEW } from "./next-view.ts";
import { watchServers } from "./watch-servers.ts";

/** Next bundles this module into each route anew; the first copy serves all the others of its process. */
const HOST = Symbol.for("gatewatch.next");

type Failable = NodeExchange | FetchExchange;
export type ErrorFacts = Readonly<Record<string, Json>>;

/** What the copies of this module share. */
export class NextHost {
  readonly core: Gatewatch;
  #isWatching = false;

  constructor(core: Gatewatch) {
    this.core = core;
  }

  /** Puts the gate before Next's server. */
  watchServers(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    watchServers(this.core);
  }

  get hasExchange(): boolean {
    return findExchange() !== undefined;
  }

  /** The handle of the request that the running code belongs to. */
  handle(): RequestHandle | undefined {
    const request = findExchange()?.request as { gatewatch?: RequestHandle } | undefined;
    return request?.gatewatch;
  }

  /** An error on its way to Next; once per object and request, however many ways it comes. */
  async fail(error: unknown, mechanism: ErrorMechanism, facts: ErrorFacts, route?: string): Promise<void> {
    if (isControlFlow(error)) return;
    const x = findExchange();
    if (x === undefined) this.core.captureError(error);
    else {
      if (route !== undefined) x.knownRoute ??= route;
      for (const [name, value] of Object.entries(facts)) x.attributes[name] = value;
      x.fail(error, mechanism);
    }
    await this.core.holdForDelivery();
  }

  /** A layer's answer to an error that a route handler threw, undefined to hand the error on. */
  async answer(error: unknown, mechanism: ErrorMechanism): Promise<Response | undefined> {
    const x = isControlFlow(error) ? undefined : findExchange();
    if (x === undefined) {
      await this.fail(error, mechanism, {});
      return undefined;
    }
    const reply = this.core.gate.runError(x, error, mechanism) ?? this.core.gate.runUnhandled(x, error);
    await this.core.holdForDelivery();
    return reply === undefined ? undefined : buildReply(x, reply);
  }

  /** Runs a route's layers on the request that the running code belongs to. */
  enterRoute(layers: RouteLayers, proceed: () => unknown): unknown {
    const x = findExchange();
    return x === undefined ? proceed() : enterRoute(layers, x, proceed);
  }

  /** A route handler as an exchange of its own, where no server of this process has been seen. */
  passFetch(request: Request, rest: readonly unknown[], proceed: () => unknown): unknown {
    const x = openFetchOnce(this.core, request, rest);
    if (x === undefined) return proceed();
    void nameRoute(x, rest[0]);
    return passFetch(this.core, x, () => steer(x, proceed));
  }

  /** A handler of `pages/api`, or what renders a page, in the same way. */
  passNode(request: IncomingMessage, response: ServerResponse, proceed: () => unknown): unknown {
    const x = openExchangeOnce(this.core, request, response, NEXT_VIEW);
    return x === undefined ? proceed() : enterExchange(x, response, proceed);
  }
}

/** The process's host, made at the first call. */
export function openHost(options: GatewatchOptions | Gatewatch | undefined): NextHost {
  const holder = globalThis as { [HOST]?: NextHost };
  return (holder[HOST] ??= new NextHost(resolveGatewatch(options ?? {})));
}

function findExchange(): Failable | undefined {
  const x = currentExchange();
  return x instanceof NodeExchange || x instanceof FetchExchange ? x : undefined;
}

/** A redirect or a 404 that is thrown has a status of its own, and is no error of the exchange. */
function steer(x: FetchExchange, proceed: () => unknown): unknown {
  const steerError = (error: unknown): never => {
    if (isControlFlow(error)) {
      (x.seenErrors ??= []).push(error);
      endUnanswered(x, statusOfControlFlow(error));
    }
    throw error;
  };
  try {
    const result = proceed();
    return result instanceof Promise ? result.catch(steerError) : result;
  } catch (error) {
    return steerError(error);
  }
}

async function nameRoute(x: FetchExchange, context: unknown): Promise<void> {
  if (typeof context !== "object" || context === null || !("params" in context)) return;
  try {
    const params: unknown = await context.params;
    if (typeof params === "object" && params !== null) {
      x.knownRoute ??= nameSegments(x.path, params as Record<string, unknown>);
    }
  } catch {
    // The handler hears of it when it asks.
  }
}
