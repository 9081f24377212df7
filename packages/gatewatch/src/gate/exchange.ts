import type { Attributes, Breadcrumb, Json, UserInfo } from "@gatewatch/protocol";

/** One value per header name, lower-cased; `set-cookie` and other lists keep their items. */
export interface HeaderReader {
  get(name: string): string | undefined;
  getAll(name: string): readonly string[];
  /** Names in lower case. */
  entries(): Iterable<[string, string | readonly string[]]>;
}

/** A header whose name and value are known to be valid. */
export interface FixedHeader {
  name: string;
  /** The name in lower case. */
  lower: string;
  value: string;
}

/** The response's head: readable and writable until it is sent. */
export interface ResponseHead {
  status: number;
  readonly sent: boolean;
  get(name: string): string | undefined;
  /** Names as they were written; `set-cookie` and other repeated lines keep their items. */
  entries(): Iterable<[string, string | readonly string[]]>;
  has(name: string): boolean;
  set(name: string, value: string | readonly string[]): void;
  append(name: string, value: string): void;
  remove(name: string): void;
  /** Sets those that are absent; quicker than `has` and `set` one by one. */
  setAbsent?(headers: readonly FixedHeader[]): void;
  /** `set` for a name and a value that are known to be valid. */
  setKnown?(lower: string, name: string, value: string): void;
}

/** An answer made by a layer instead of the app. */
export interface EarlyReply {
  status: number;
  headers: Record<string, string | readonly string[]>;
  /** The same headers and `Content-Length`, each name once, where all are known to be valid: quicker to send. */
  readonly checked?: readonly FixedHeader[];
  body: string | Uint8Array;
}

/** How an exchange ended; made once, after the last byte or the client's disappearance. */
export interface Outcome {
  /** 0 when the client went away before a head was sent. */
  status: number;
  /** Body bytes handed to the socket, as the client receives them (after compression). */
  responseBytes: number;
  /** Request body bytes that arrived. */
  requestBytes: number;
  /** Monotonic, from the first moment to the last. */
  durationMs: number;
  /** The client went away before the end. */
  aborted: boolean;
  /** Route template; null when none matched. */
  route: string | null;
  error: unknown;
  errorId: string | null;
}

/** W3C trace context of this exchange. */
export interface TraceContext {
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  sampled: boolean;
}

/**
 * One request and its response, the same for every framework. Adapters make it, layers read it.
 * Everything lazy is computed at its first use and kept.
 */
export interface Exchange {
  readonly method: string;
  /** Request target as the client sent it, with the query (`/a?b=1`). */
  readonly url: string;
  /** Target up to `?`. */
  readonly path: string;
  readonly headers: HeaderReader;
  readonly response: ResponseHead;
  /** Address of the socket's other end, IPv4-mapped IPv6 unmapped; undefined when unknown. */
  readonly peer: string | undefined;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly scheme: "http" | "https";
  /** Host as a trusted proxy or the client gives it. */
  readonly host: string | undefined;

  /** Resolved by trust rules from the peer and the forwarding headers. */
  readonly clientAddress: string | undefined;
  readonly requestId: string;
  readonly trace: TraceContext;

  /** Route template as known now; null before routing or when nothing matched. */
  route(): string | null;
  /** The user as known now. */
  user(): UserInfo | undefined;
  /** Changes what the app will read as a header of the request (lower case); undefined takes it away. Absent where a request cannot be changed. */
  setRequestHeader?(name: string, value: string | undefined): void;
  /** The parsed body when the app parsed it, else the captured text; undefined when there is none. */
  body(): Json | undefined;

  /** Facts set by the app through `req.gatewatch.set`. */
  readonly attributes: Attributes;
  /** Custom metrics set through `req.gatewatch.metrics`. */
  readonly metrics: Record<string, number>;
  readonly breadcrumbs: Breadcrumb[];

  /** The first error seen in this exchange, and the id of the event made of it. */
  error: unknown;
  errorId: string | null;
  /** Framework objects, for hooks of the user only. */
  readonly raw: { request: unknown; response: unknown };
}
