import type { EarlyReply } from "./exchange.ts";
import type { Gate, GatedExchange } from "./gate.ts";
import { RequestHandle } from "./request-handle.ts";

/** The layers of one route; each Gatewatch whose exchanges come here makes them once. */
export class RouteLayers {
  readonly #options: object;
  readonly #routes = new Map<Gate, Gate>();
  #hasSaid = false;

  constructor(options: object) {
    this.#options = options;
  }

  /** Runs them on this exchange; a promise only when a layer waits. Never throws, never rejects. */
  enter(gate: Gate, x: GatedExchange): EarlyReply | undefined | Promise<EarlyReply | undefined> {
    try {
      let route = this.#routes.get(gate);
      if (route === undefined) {
        route = gate.openRoute(this.#options);
        this.#routes.set(gate, route);
      }
      return gate.mount(x, route);
    } catch (error) {
      gate.guard.failed("route", "open", error);
      return undefined;
    }
  }

  /** Without a gate nothing can be done; that is said once. A request that a gate passes by unseen is meant to be unguarded. */
  sayUnguarded(request: { gatewatch?: unknown }): void {
    if (this.#hasSaid || request.gatewatch instanceof RequestHandle) return;
    this.#hasSaid = true;
    const text =
      request.gatewatch === undefined
        ? "guard() does nothing here: no gatewatch() stands before this route."
        : "guard() does nothing here: gatewatch() was loaded from another copy of the package (one of both is probably the CommonJS build). Import both the same way.";
    // Edge runtimes have no process, or only a part of one.
    const { process: host } = globalThis as { process?: { emitWarning?: typeof process.emitWarning } };
    if (host?.emitWarning === undefined) console.warn(text);
    else host.emitWarning(text, { type: "GatewatchWarning", code: "GATEWATCH_UNGUARDED" });
  }
}
