import type { ErrorMechanism } from "@gatewatch/protocol";
import type { EarlyReply } from "../../gate/exchange.ts";
import type { GateCore } from "../../gate/gate-core.ts";
import type { NodeExchange } from "../../gate/node/node-exchange.ts";

/** What becomes of an error before the app's handler gets it: an answer that takes that handler's place, a promise that delays either. */
export interface ErrorFate {
  reply: EarlyReply | undefined;
  held: Promise<void> | undefined;
}

/** Tells the layers about an error on its way to the app's own handler. One that they know already delays nobody again. */
export function tellError(core: GateCore, x: NodeExchange, error: unknown, mechanism: ErrorMechanism): ErrorFate {
  const isKnown = x.seenErrors?.includes(error) ?? false;
  const reply = x.fail(error, mechanism);
  return { reply, held: isKnown ? undefined : core.holdForDelivery() };
}
