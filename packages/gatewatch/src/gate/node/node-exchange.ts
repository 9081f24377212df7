import type { IncomingMessage, ServerResponse } from "node:http";
import type { Attributes, Breadcrumb, Json, UserInfo } from "@gatewatch/protocol";
import type { EarlyReply, HeaderReader, Outcome, ResponseHead, TraceContext } from "../exchange.ts";
import type { Gate, GatedExchange } from "../gate.ts";
import { createUuidV4 } from "../random-uuid.ts";
import { readUser } from "../read-user.ts";
import { SLOTS } from "../slot.ts";
import { createTraceContext } from "../trace-context.ts";
import { unmapAddress } from "../trust/parse-address.ts";
import { readHost, readScheme } from "../trust/read-origin.ts";
import { tryReadRequestId } from "../trust/read-request-id.ts";
import { resolveClientAddress } from "../trust/resolve-client-address.ts";
import { NodeHeaders } from "./node-headers.ts";
import { setRequestHeader } from "./set-request-header.ts";
import { hasBody, type RequestBody } from "./request-body.ts";

/** What a framework knows beyond Node: read at use, since routing, parsing and authentication run inside the gate. */
export interface FrameworkView {
  route(request: IncomingMessage): string | null;
  /** Whatever the app's authentication left on the request. */
  user(request: IncomingMessage): unknown;
  /** The parsed body, undefined when the app parsed none. */
  body(request: IncomingMessage): unknown;
}

const BODYLESS_STATUS = new Set([204, 304]);

/** An exchange over Node's `IncomingMessage`; the response's head is given, since an upgraded connection has none. */
export class NodeExchange implements GatedExchange {
  readonly method: string;
  readonly url: string;
  readonly startedAt: number;
  readonly startedMs: number;
  readonly gate: Gate;
  readonly request: IncomingMessage;
  readonly response: ResponseHead;
  readonly view: FrameworkView;
  readonly rawResponse: ServerResponse | undefined;
  readonly isHttp2: boolean;

  skippedLayers = 0;
  seenErrors: unknown[] | undefined = undefined;
  mounted: Gate[] | undefined = undefined;
  error: unknown = undefined;
  errorId: string | null = null;
  [SLOTS]: unknown[] | undefined = undefined;
  finished = false;
  aborted = false;
  responseBytes = 0;
  requestBody: RequestBody | undefined = undefined;
  /** Set by `req.gatewatch` or by an adapter that watches routing. */
  knownRoute: string | null = null;
  /** Where the router that runs now hangs: the path as it came, and with its parameters named. */
  mount: { base: string; template: string } | undefined = undefined;
  /** Set by an adapter that knows that nobody outside of the app answers. */
  isOutermost = false;
  /** Set by `req.gatewatch.user`. */
  knownUser: unknown = undefined;

  #headers: NodeHeaders | undefined;
  /** Read at once: a closed socket has forgotten it. */
  readonly #remoteAddress: string | undefined;
  /** HTTP/2 alone: a closed stream has forgotten its session. */
  readonly #isSecureSession: boolean | undefined = undefined;
  #peer: string | undefined;
  #clientAddress: string | null | undefined;
  #requestId: string | undefined;
  #trace: TraceContext | undefined;
  #attributes: Attributes | undefined;
  #metrics: Record<string, number> | undefined;
  #breadcrumbs: Breadcrumb[] | undefined;

  constructor(
    gate: Gate,
    request: IncomingMessage,
    head: ResponseHead,
    view: FrameworkView,
    rawResponse: ServerResponse | undefined,
  ) {
    this.gate = gate;
    this.request = request;
    this.response = head;
    this.view = view;
    this.rawResponse = rawResponse;
    this.method = request.method ?? "GET";
    this.isHttp2 = request.httpVersionMajor === 2;
    // Express shortens `req.url` under a mount path; `originalUrl` keeps the target as it came.
    const { originalUrl } = request as { originalUrl?: unknown };
    this.url = typeof originalUrl === "string" ? originalUrl : (request.url ?? "/");
    this.#remoteAddress = socketOf(request)?.remoteAddress;
    if (this.isHttp2) this.#isSecureSession = sessionOf(request)?.encrypted === true;
    this.startedAt = gate.clock.now();
    this.startedMs = gate.clock.monotonicMs();
  }

  /** Whether any layer wants to see or change this head. */
  get hasHeadSteps(): boolean {
    return this.gate.hasHeadSteps || this.mounted !== undefined;
  }

  get path(): string {
    const query = this.url.indexOf("?");
    return query === -1 ? this.url : this.url.slice(0, query);
  }

  get headers(): HeaderReader {
    return (this.#headers ??= new NodeHeaders(this.request));
  }

  setRequestHeader(name: string, value: string | undefined): void {
    setRequestHeader(this.request, name, value);
  }

  get raw(): { request: unknown; response: unknown } {
    return { request: this.request, response: this.rawResponse };
  }

  get peer(): string | undefined {
    if (this.#remoteAddress === undefined) return undefined;
    return (this.#peer ??= unmapAddress(this.#remoteAddress));
  }

  get clientAddress(): string | undefined {
    if (this.#clientAddress === undefined) {
      this.#clientAddress = resolveClientAddress(this.peer, this.headers, this.gate.trust) ?? null;
    }
    return this.#clientAddress ?? undefined;
  }

  get scheme(): "http" | "https" {
    const isSecure = this.#isSecureSession ?? socketOf(this.request)?.encrypted === true;
    return readScheme(isSecure ? "https" : "http", this.headers, this.#isPeerTrusted());
  }

  get host(): string | undefined {
    return readHost(this.headers, this.#isPeerTrusted());
  }

  get requestId(): string {
    return (this.#requestId ??=
      (this.#isPeerTrusted() ? tryReadRequestId(this.headers.get("x-request-id")) : undefined) ?? createUuidV4());
  }

  get trace(): TraceContext {
    return (this.#trace ??= createTraceContext(this.#isPeerTrusted() ? this.headers.get("traceparent") : undefined));
  }

  get attributes(): Attributes {
    return (this.#attributes ??= {});
  }

  get metrics(): Record<string, number> {
    return (this.#metrics ??= {});
  }

  get breadcrumbs(): Breadcrumb[] {
    return (this.#breadcrumbs ??= []);
  }

  route(): string | null {
    if (this.knownRoute !== null) return this.knownRoute;
    return this.#read("route", this.view.route) ?? null;
  }

  user(): UserInfo | undefined {
    try {
      return readUser(this.knownUser === undefined ? this.view.user(this.request) : this.knownUser);
    } catch (error) {
      this.gate.guard.failed("exchange", "user", error);
      return undefined;
    }
  }

  body(): Json | undefined {
    const limit = this.gate.maxBodyBytes;
    if (limit === 0 || !hasBody(this.request)) return undefined;
    const bytes = this.requestBody?.bytes ?? 0;
    if (bytes > limit) return `[Body too large: ${bytes} bytes]`;
    const parsed = this.#read("body", this.view.body);
    if (parsed !== undefined && !ArrayBuffer.isView(parsed)) return toJson(parsed);
    return this.requestBody?.text();
  }

  /** Ends the exchange: the first call counts. */
  finish(aborted: boolean): void {
    if (this.finished) return;
    this.finished = true;
    this.aborted = aborted;
    try {
      const nowMs = this.gate.clock.monotonicMs();
      this.gate.runFinish(this, this.#outcome(nowMs), nowMs);
    } catch (error) {
      this.gate.guard.failed("exchange", "finish", error);
    }
  }

  /** Tells the layers about an error; returns the answer that one of them wants to give. What else they do with it never reaches the app. */
  fail(error: unknown, mechanism: Parameters<Gate["runError"]>[2]): EarlyReply | undefined {
    return this.gate.runError(this, error, mechanism);
  }

  #outcome(nowMs: number): Outcome {
    const status = this.response.sent ? this.response.status : 0;
    const bodyless = this.method === "HEAD" || BODYLESS_STATUS.has(status) || status === 0;
    return {
      status,
      responseBytes: bodyless ? 0 : this.responseBytes,
      requestBytes: this.requestBody?.bytes ?? 0,
      durationMs: nowMs - this.startedMs,
      aborted: this.aborted,
      route: this.route(),
      error: this.error,
      errorId: this.errorId,
    };
  }

  #isPeerTrusted(): boolean {
    return !this.gate.trust.empty && this.peer !== undefined && this.gate.trust.isTrusted(this.peer);
  }

  /** Getters of the app may throw. */
  #read<T>(what: string, read: (request: IncomingMessage) => T): T | undefined {
    try {
      return read(this.request);
    } catch (error) {
      this.gate.guard.failed("exchange", what, error);
      return undefined;
    }
  }
}

/** Requests that no server made (in tests, or handed to `app.handle`) often have none. */
function socketOf(request: IncomingMessage): { remoteAddress?: string; encrypted?: boolean } | null | undefined {
  return (request as { socket?: { remoteAddress?: string; encrypted?: boolean } | null }).socket;
}

function sessionOf(request: IncomingMessage): { encrypted?: boolean } | undefined {
  return (request as { stream?: { session?: { encrypted?: boolean } } }).stream?.session;
}

/** A parsed body is JSON, or a form's fields: both are plain data. Anything else is told by its type only. */
function toJson(value: unknown): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value !== "object") return `[${typeof value}]`;
  return isPlain(value) ? value : `[${value.constructor?.name ?? "object"}]`;
}

function isPlain(value: object): value is { [key: string]: Json } | Json[] {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Array.isArray(value);
}
