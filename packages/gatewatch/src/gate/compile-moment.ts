import type { EarlyReply } from "./exchange.ts";
import type { Hook } from "./hook-guard.ts";
import type { Layer } from "./layer.ts";

export interface StepName {
  name: string;
  /** Its place in an exchange's `skippedLayers`. */
  bit: number;
}

/** One layer at one moment. */
export interface Step<M extends Hook> extends StepName {
  layer: Layer & Required<Pick<Layer, M>>;
}

/** The layers that use this moment, in their order; their bits count from `firstBit`. */
export function compileMoment<M extends Hook>(layers: readonly Layer[], moment: M, firstBit: number): Step<M>[] {
  const steps: Step<M>[] = [];
  for (const [index, layer] of layers.entries()) {
    if (uses(layer, moment)) steps.push({ name: layer.name, bit: 1 << (firstBit + index), layer });
  }
  return steps;
}

function uses<M extends Hook>(layer: Layer, moment: M): layer is Layer & Required<Pick<Layer, M>> {
  return typeof layer[moment] === "function";
}

/** A promise of an `async` hook is none. */
export function isReply(result: unknown): result is EarlyReply {
  return typeof result === "object" && result !== null && "status" in result && "body" in result;
}
