import type { Exchange } from "./exchange.ts";

/** From now on no layer sees this exchange. For the outermost layer alone, before any other has seen its beginning. */
export function passUnseen(x: Exchange): void {
  // One bit for each layer that is skipped.
  (x as { skippedLayers?: number }).skippedLayers = -1;
}
