import { currentExchange } from "../../gate/context.ts";
import { NodeExchange } from "../../gate/node/node-exchange.ts";
import { watchHandledRejections, watchUncaught } from "../../watch-process.ts";

let isWatching = false;

export function isExpress4(app: object): boolean {
  return "lazyrouter" in app;
}

/**
 * Express 4 does not look at what a handler returns: a rejection of it reaches nobody but the process. There it is seen, in the request's
 * own context; whatever the process, or the app, does about it stays. Once per process.
 */
export function watchRejections(): void {
  if (isWatching) return;
  isWatching = true;
  watchUncaught((error, origin) => {
    if (origin === "unhandledRejection") see(error);
  });
  watchHandledRejections(see);
}

function see(error: unknown): void {
  const x = currentExchange();
  if (!(x instanceof NodeExchange)) return;
  const { app } = x.request as { app?: unknown };
  if (typeof app === "function" && isExpress4(app)) x.fail(error, "unhandledRejection");
}
