import type { UnmappedReason } from "./unmapped-reason.ts";

/** Any value that survives a round trip through JSON. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Scalar attributes, as OpenTelemetry has them. */
export type Attributes = Record<string, Json>;

/** What is the same for every event of a process; sent once per batch (OpenTelemetry calls it the resource). */
export interface Resource {
  /** `service.name` */
  service?: string;
  /** `deployment.environment.name`, for example `production`. */
  environment?: string;
  /** `service.version`: the release of the app. */
  release?: string;
  /** `host.name` */
  host?: string;
  /** For example `node 24.21.0`. */
  runtime?: string;
  pid?: number;
  sdk?: { name: string; version: string };
}

export const EVENT_TYPES = ["request", "error", "log", "metric", "custom"] as const;
export type EventType = (typeof EVENT_TYPES)[number];

interface EventBase {
  /** Epoch milliseconds at which it happened (a request: when it began). */
  time: number;
  /** The request that it belongs to, as answered in `X-Request-ID`. */
  requestId?: string;
  /** 32 lower-case hex digits (W3C Trace Context). */
  traceId?: string;
  /** 16 lower-case hex digits (W3C Trace Context). */
  spanId?: string;
}

/** One finished exchange. */
export interface RequestEvent extends EventBase {
  type: "request";
  method: string;
  /** Route template (`/users/:id`); null or absent: no route matched. */
  route?: string | null;
  /** Path without the query, redacted. */
  path: string;
  /** 0 when the client went away before a head was sent. */
  status: number;
  durationMs: number;
  requestBytes?: number;
  responseBytes?: number;
  aborted?: boolean;
  /** Client address: kept, or 64 hex digits of HMAC-SHA256; absent when dropped. */
  client?: string;
  userAgent?: string;
  userId?: string;
  /** `id` of the error event that this exchange raised. */
  errorId?: string;
  host?: string;
  scheme?: string;
  attributes?: Attributes;
}

export interface SourceContext {
  /** Up to two lines before, oldest first. */
  pre: string[];
  line: string;
  /** Up to two lines after. */
  post: string[];
}

export interface StackFrame {
  /** Normalised: relative to the app's root where it lies inside; `node:internal/…` and `node_modules/…` keep their names. */
  file: string;
  function?: string;
  module?: string;
  line?: number;
  column?: number;
  /** True when the frame is the app's own code. */
  inApp: boolean;
  context?: SourceContext;
  /** Of the generated script that the frame is in: by it a source map is found. */
  debugId?: string;
  /** Where the frame stood before a source map was applied, as `file:line:column`. */
  generated?: string;
  /** Why no source map was applied to a frame of a generated script. */
  unmapped?: UnmappedReason;
}

export interface ExceptionInfo {
  type: string;
  message: string;
  /** Language module of the class, for example `builtins` (Python). */
  module?: string;
  /** `error.code` of Node, for example `ECONNREFUSED`. */
  code?: string;
  /** The throw site first, as V8 prints it. */
  frames: StackFrame[];
  /** The stack as text, when it could not be parsed into frames. */
  rawStack?: string;
  /** Index in `exceptions` of the error that this one belongs to; absent for the first. */
  parent?: number;
  relation?: "cause" | "member";
}

export type ErrorMechanism =
  | "throw"
  | "rejection"
  | "next"
  | "stream"
  | "uncaughtException"
  | "unhandledRejection"
  | "manual"
  | "foreign";

export interface Breadcrumb {
  time: number;
  category: "log" | "http" | "custom" | "query";
  level?: LogLevel;
  message: string;
  data?: Attributes;
}

export interface UserInfo {
  authenticated: boolean;
  id: string | number | null;
  username: string | null;
  email?: string | null;
}

export interface RequestContext {
  method: string;
  /** With the query, redacted. */
  url: string;
  route?: string | null;
  headers: Record<string, string | string[]>;
  query: Record<string, string | string[]>;
  /** Absent: not captured. A string may say `[Body too large: n bytes]`. */
  body?: Json;
  contentType?: string;
  client?: string;
  userAgent?: string;
  status?: number;
}

/** An exception, with what was known when it happened. */
export interface ErrorEvent extends EventBase {
  type: "error";
  /** Made by the client (UUID, dashes allowed); the app's answer carries it as `X-Error-ID`. */
  id: string;
  level: "fatal" | "error" | "warning";
  /** Whether the app went on after it. */
  handled: boolean;
  mechanism: ErrorMechanism;
  /** The caught error first, then its causes and members (`parent`, `relation`). */
  exceptions: ExceptionInfo[];
  /** How many identical ones this event stands for; 1 when absent. */
  count?: number;
  /** Client-chosen grouping; `{{ default }}` stands for the server's own. */
  fingerprint?: string[];
  request?: RequestContext;
  user?: UserInfo;
  breadcrumbs?: Breadcrumb[];
  /** Facts set by `req.gatewatch.set(…)`. */
  attributes?: Attributes;
  /** What the `enrich` hook or a foreign client added. */
  custom?: Attributes;
}

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

export interface LogEvent extends EventBase {
  type: "log";
  level: LogLevel;
  message: string;
  attributes?: Attributes;
}

export interface MetricEvent extends EventBase {
  type: "metric";
  name: string;
  kind: "counter" | "gauge" | "histogram";
  value: number;
  unit?: string;
  attributes?: Attributes;
}

/** A business event of the app's own. */
export interface CustomEvent extends EventBase {
  type: "custom";
  name: string;
  attributes?: Attributes;
}

export type GatewatchEvent = RequestEvent | ErrorEvent | LogEvent | MetricEvent | CustomEvent;
