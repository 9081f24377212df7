import type { Server } from "node:http";
import type { Readable } from "node:stream";
import type { Gatewatch } from "../../../create-gatewatch.ts";
import type { RequestHandle } from "../../../gate/request-handle.ts";
import type { RouteOptions } from "../../../options/resolve-route-options.ts";

/** A request as the handlers of the contract see it, whatever the framework. */
export interface AppCall {
  /** What the framework's own handlers find as `req.gatewatch`. */
  gatewatch: RequestHandle;
  /** What stands in the place of `:id`. */
  id: string;
  readText(): Promise<string>;
}

/** What a handler wants to be answered; the framework sends it by its own means. */
export interface AppAnswer {
  /** @default 200 */
  status?: number;
  headers?: Readonly<Record<string, string | string[]>>;
  /** An object that is neither bytes nor a stream is sent as JSON. */
  body: string | Buffer | Readable | { readonly [key: string]: unknown };
}

export interface AppRoute {
  method: "GET" | "POST";
  /** With `:id` for a segment that varies. */
  path: string;
  /** Layers of this route alone, by the adapter's `guard()`. */
  guard?: RouteOptions;
  /** May throw, and may reject. */
  answer(call: AppCall): AppAnswer | Promise<AppAnswer>;
}

export interface App {
  routes: readonly AppRoute[];
  /** The app's own answer to errors; without it the app has none. */
  onError?: ((error: unknown) => AppAnswer) | undefined;
}

/** One framework with its adapter: all that the contract has to know of it. */
export interface LayersTarget {
  name: string;
  /** What its server speaks. @default "http1" */
  protocol?: "http1" | "http2";
  /** Rows that cannot hold here, by their names, with the reason; each is run, and must fail. */
  cannot?: Readonly<Record<string, string>>;
  /** The app behind this Gatewatch; the contract makes its server listen. */
  start(core: Gatewatch, app: App): Server | Promise<Server>;
}
