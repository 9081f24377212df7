import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Attributes, Breadcrumb, LogLevel } from "@gatewatch/protocol";
import type { Exchange } from "../gate/exchange.ts";
import { formatConsole } from "./format-console.ts";

export interface WatchOptions {
  currentExchange(): Exchange | undefined;
  add(crumb: Breadcrumb, x: Exchange): void;
  redactUrl(url: string): string;
  /** Gatewatch's own requests leave no breadcrumbs. */
  isOwnRequest(request: unknown): boolean;
  now(): number;
  console: boolean;
  http: boolean;
}

interface Started {
  x: Exchange;
  at: number;
  method: string;
  url: string;
}

type Listener = (message: unknown) => void;

const CONSOLE_LEVELS: Record<string, LogLevel> = {
  "console.debug": "debug",
  "console.log": "info",
  "console.info": "info",
  "console.warn": "warn",
  "console.error": "error",
};

/** Gathers breadcrumbs from Node's own diagnostics channels, without patching anything; returns how to stop. */
export function watchBreadcrumbs(options: WatchOptions): () => void {
  const listeners: [string, Listener][] = [];
  const started = new WeakMap<object, Started>();

  function listen(channel: string, listener: Listener): void {
    const guarded: Listener = (message) => {
      try {
        listener(message);
      } catch {
        // A breadcrumb is never worth an exception in the app's own call.
      }
    };
    subscribe(channel, guarded);
    listeners.push([channel, guarded]);
  }

  function start(message: unknown, describe: (request: object) => { method: string; url: string }): void {
    const request = requestOf(message);
    const x = options.currentExchange();
    if (x === undefined || request === undefined || started.has(request) || options.isOwnRequest(request)) return;
    started.set(request, { x, at: options.now(), ...describe(request) });
  }

  function finish(message: unknown, status: unknown, error: unknown): void {
    const request = requestOf(message);
    const entry = request === undefined ? undefined : started.get(request);
    if (request === undefined || entry === undefined) return;
    started.delete(request);
    const url = options.redactUrl(entry.url);
    const data: Attributes = { method: entry.method, url, durationMs: Math.round(options.now() - entry.at) };
    if (typeof status === "number") data["status"] = status;
    if (error !== undefined) data["error"] = describeFailure(error);
    const isFailure = error !== undefined || (typeof status === "number" && status >= 500);
    const result =
      typeof status === "number" ? String(status) : error === undefined ? "no answer" : describeFailure(error);
    const text = `${entry.method} ${url} → ${result}`;
    options.add(
      { time: entry.at, category: "http", level: isFailure ? "error" : "info", message: text, data },
      entry.x,
    );
  }

  if (options.console) {
    for (const [channel, level] of Object.entries(CONSOLE_LEVELS)) {
      listen(channel, (message) => {
        const x = options.currentExchange();
        if (x === undefined || !Array.isArray(message)) return;
        options.add(
          {
            time: options.now(),
            category: "log",
            level,
            message: formatConsole(message),
          },
          x,
        );
      });
    }
  }
  if (options.http) {
    // The first of the two exists since Node 22.12 and is published in the caller's own context.
    listen("http.client.request.created", (message) => start(message, describeNodeRequest));
    listen("http.client.request.start", (message) => start(message, describeNodeRequest));
    listen("http.client.response.finish", (message) =>
      finish(message, fieldOf(fieldOf(message, "response"), "statusCode"), undefined),
    );
    listen("http.client.request.error", (message) => finish(message, undefined, fieldOf(message, "error") ?? "failed"));
    listen("undici:request:create", (message) => start(message, describeUndiciRequest));
    listen("undici:request:headers", (message) =>
      finish(message, fieldOf(fieldOf(message, "response"), "statusCode"), undefined),
    );
    listen("undici:request:error", (message) => finish(message, undefined, fieldOf(message, "error") ?? "failed"));
  }
  return () => {
    for (const [channel, listener] of listeners.splice(0)) unsubscribe(channel, listener);
  };
}

function requestOf(message: unknown): object | undefined {
  const request = fieldOf(message, "request");
  return typeof request === "object" && request !== null ? request : undefined;
}

function describeNodeRequest(request: object): { method: string; url: string } {
  const protocol = textOf(request, "protocol") || "http:";
  // `host` lacks the port; the header has it.
  const header =
    "getHeader" in request && typeof request.getHeader === "function"
      ? (request.getHeader("host") as unknown)
      : undefined;
  const host = typeof header === "string" ? header : textOf(request, "host");
  return { method: textOf(request, "method"), url: `${protocol}//${host}${textOf(request, "path")}` };
}

function describeUndiciRequest(request: object): { method: string; url: string } {
  return { method: textOf(request, "method"), url: `${String(fieldOf(request, "origin"))}${textOf(request, "path")}` };
}

function describeFailure(error: unknown): string {
  const text = fieldOf(error, "code") ?? fieldOf(error, "message");
  return typeof text === "string" ? text.slice(0, 200) : "failed";
}

function textOf(target: object, key: string): string {
  const value = fieldOf(target, key);
  return typeof value === "string" ? value : "";
}

function fieldOf(target: unknown, key: string): unknown {
  return typeof target === "object" && target !== null ? (Reflect.get(target, key) as unknown) : undefined;
}
