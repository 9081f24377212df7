import { exchangeOf } from "../context.ts";
import type { EarlyReply } from "../exchange.ts";
import type { Gate, GatedExchange } from "../gate.ts";
import type { RouteLayers } from "../route-layers.ts";
import { buildReply } from "./build-reply.ts";

/** An exchange of either family: a fetch handler may run inside of a Node app that the gate stands before. */
export interface GuardedExchange extends GatedExchange {
  readonly gate: Gate;
}

/** Runs a route's layers on a request that is already inside the gate, then returns a layer's reply or what `proceed` returns. */
export function guardFetch(layers: RouteLayers, request: object, proceed: () => unknown): unknown {
  const x = exchangeOf(request);
  if (!isGuarded(x)) {
    layers.sayUnguarded(request);
    return proceed();
  }
  return enterRoute(layers, x, proceed);
}

/** The same for an exchange that is known otherwise. */
export function enterRoute(layers: RouteLayers, x: GuardedExchange, proceed: () => unknown): unknown {
  const reply = layers.enter(x.gate, x);
  if (reply instanceof Promise) return reply.then((later) => answer(x, later, proceed));
  return answer(x, reply, proceed);
}

function answer(x: GuardedExchange, reply: EarlyReply | undefined, proceed: () => unknown): unknown {
  return (reply === undefined ? undefined : buildReply(x, reply)) ?? proceed();
}

function isGuarded(x: object | undefined): x is GuardedExchange {
  return x !== undefined && "gate" in x;
}
