import type { RequestListener, Server } from "node:http";
import type { Server as SecureServer } from "node:https";
import type { RequestHandle } from "../gate/request-handle.ts";
import type { Gatewatch, GatewatchOptions } from "../create-gatewatch.ts";
import { resolveGatewatch } from "./resolve-gatewatch.ts";
import { attachServer, wrapListener } from "./node/wrap-listener.ts";

declare module "node:http" {
  interface IncomingMessage {
    /** Facts that travel with this request's events; there on every request that passes through Gatewatch. */
    gatewatch: RequestHandle;
  }
}

/**
 * Guards and watches a `node:http` app by one line: `createServer(gatewatch(listener))`, or `gatewatch(server)` for a server that exists.
 * @param options settings, or a Gatewatch made by `createGatewatch` that serves several apps.
 * @throws ConfigError for a mistake in the options.
 */
export function gatewatch(listener: RequestListener, options?: GatewatchOptions | Gatewatch): RequestListener;
export function gatewatch<S extends Server | SecureServer>(server: S, options?: GatewatchOptions | Gatewatch): S;
export function gatewatch(
  target: RequestListener | Server | SecureServer,
  options: GatewatchOptions | Gatewatch = {},
): RequestListener | Server | SecureServer {
  const core = resolveGatewatch(options);
  if (typeof target === "function") return wrapListener(core, target);
  attachServer(core, target);
  return target;
}
