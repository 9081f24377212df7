import type { IncomingMessage } from "node:http";
import type { GateCore } from "../../gate/gate-core.ts";
import type { NodeExchange } from "../../gate/node/node-exchange.ts";
import { observeUpgrades } from "../node/observe-upgrades.ts";
import { serverOf } from "../node/server-of.ts";
import { type ErrorFate, tellError } from "../node/tell-error.ts";
import { AppWatch } from "./watch-app.ts";

/** Watches an app's routers and its server's upgrades, from the first request on; returns true for a request that should come in again. */
export type Follow = (app: object, request: IncomingMessage, inside: unknown) => boolean;

export function createFollower(core: GateCore): Follow {
  const watches = new WeakMap<object, AppWatch>();
  // Nearly always there is one app.
  let lastApp: object | undefined;
  let lastWatch: AppWatch | undefined;
  const observe = (x: NodeExchange, error: unknown): ErrorFate => tellError(core, x, error, "next");
  return (app, request, inside) => {
    try {
      if (app === lastApp && lastWatch !== undefined) return lastWatch.follow(request, inside);
      let watch = watches.get(app);
      if (watch === undefined) {
        watch = new AppWatch(app, observe);
        watches.set(app, watch);
        observeUpgrades(core, serverOf(request));
      }
      lastApp = app;
      lastWatch = watch;
      return watch.follow(request, inside);
    } catch (error) {
      core.gate.guard.failed("express", "follow", error);
      return false;
    }
  };
}
