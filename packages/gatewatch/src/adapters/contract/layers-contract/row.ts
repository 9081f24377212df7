import type { ErrorEvent, GatewatchEvent, RequestEvent } from "@gatewatch/protocol";
import type { Gatewatch, GatewatchOptions } from "../../../create-gatewatch.ts";
import type { Answer, BodyClient } from "../body-client.ts";
import type { AppRoute, App } from "./target.ts";

/** What must be seen of an answer; what is not named does not matter. */
export interface Sight {
  /** @default 200 */
  status?: number;
  /** By lower-case name; null: must not be there. */
  headers?: Readonly<Record<string, string | RegExp | null>>;
  /** The body without its encoding. */
  body?: string | Buffer | RegExp;
  /** The body as JSON holds at least this. */
  json?: object;
}

export interface Asked {
  path: string;
  /** @default "GET" */
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  sees: Sight;
}

/** A line of the log: its message and its fields in one. */
export type SeenLine = { msg: string } & Record<string, unknown>;

/** Everything that a row may look at, after it was asked. */
export interface Seen {
  core: Gatewatch;
  client: BodyClient;
  answers: readonly Answer[];
  lines: readonly SeenLine[];
  events: readonly GatewatchEvent[];
  requests: readonly RequestEvent[];
  errors: readonly ErrorEvent[];
  /** Handlers that have run, such as `GET /text`. */
  runs: readonly string[];
  /** Lets the stream of `/events` go on. */
  release(): void;
  ask(asked: Asked): Promise<Answer>;
  /** Resolves when so many requests have their line and their event. */
  waitForRequests(count: number): Promise<void>;
}

/** What a row brings with it, such as a server that is told things. */
export interface Stage {
  options: GatewatchOptions;
  /** Runs last. */
  check?(seen: Seen): void | Promise<void>;
}

/** One thing that a layer does, to be seen from outside on every adapter. */
export interface LayerRow {
  layer: string;
  name: string;
  options?: GatewatchOptions;
  stage?(): Stage | Promise<Stage>;
  /** Beside the fixed ones. */
  routes?: readonly AppRoute[];
  onError?: App["onError"];
  asks: readonly Asked[];
  /** What cannot be written as questions one after the other. */
  play?(seen: Seen): Promise<void>;
  /** Requests with an event; all that are asked where it is not said. */
  recorded?: number;
  /** What the lines of requests hold at least, all of them in their order; by default one stands for each request with an event. */
  lines?: readonly object[];
  /** What the events of requests hold at least. */
  requests?: readonly object[];
  /** What the events of errors hold at least; without it there must be none. */
  errors?: readonly object[];
  /** Runs after all requests have been recorded. */
  check?(seen: Seen): void | Promise<void>;
}
