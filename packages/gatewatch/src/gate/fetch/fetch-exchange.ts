import type { Attributes, Breadcrumb, ErrorMechanism, Json, UserInfo } from "@gatewatch/protocol";
import type { EarlyReply, HeaderReader, Outcome, TraceContext } from "../exchange.ts";
import type { Gate, GatedExchange } from "../gate.ts";
import { createUuidV4 } from "../random-uuid.ts";
import { readUser } from "../read-user.ts";
import { SLOTS } from "../slot.ts";
import { createTraceContext } from "../trace-context.ts";
import { unmapAddress } from "../trust/parse-address.ts";
import { readHost, readScheme } from "../trust/read-origin.ts";
import { tryReadRequestId } from "../trust/read-request-id.ts";
import { resolveClientAddress } from "../trust/resolve-client-address.ts";
import { FetchHead } from "./fetch-head.ts";
import { FetchHeaders } from "./fetch-headers.ts";
import type { FetchPlatform } from "./fetch-platform.ts";
import type { FetchRequestBody } from "./fetch-request-body.ts";
import { targetOf } from "./target-of.ts";

/** What a framework knows of a request beyond the Fetch standard: read at use, since routing and authentication run inside the gate. */
export interface FetchView {
  route(): string | null;
  /** Whatever the app's authentication left. */
  user(): unknown;
}

/** An exchange over `Request` and `Response`. */
export class FetchExchange implements GatedExchange {
  readonly gate: Gate;
  readonly request: Request;
  readonly platform: FetchPlatform;
  readonly method: string;
  readonly url: string;
  readonly startedAt: number;
  readonly startedMs: number;
  readonly response = new FetchHead();

  skippedLayers = 0;
  seenErrors: unknown[] | undefined = undefined;
  mounted: Gate[] | undefined = undefined;
  error: unknown = undefined;
  errorId: string | null = null;
  [SLOTS]: unknown[] | undefined = undefined;
  finished = false;
  responseBytes = 0;
  /** The body is on its way, piece by piece. */
  isStreaming = false;
  requestBody: FetchRequestBody | undefined = undefined;
  /** Set by `request.gatewatch` or by an adapter. */
  knownRoute: string | null = null;
  /** Set by `request.gatewatch.user`. */
  knownUser: unknown = undefined;
  /** Set by adapters that know more. */
  view: FetchView | undefined = undefined;
  /** Called after the end. */
  afterFinish: (() => void) | undefined = undefined;

  #headers: FetchHeaders | undefined;
  #peer: string | undefined;
  #clientAddress: string | null | undefined;
  #requestId: string | undefined;
  #trace: TraceContext | undefined;
  #attributes: Attributes | undefined;
  #metrics: Record<string, number> | undefined;
  #breadcrumbs: Breadcrumb[] | undefined;

  constructor(gate: Gate, request: Request, platform: FetchPlatform) {
    this.gate = gate;
    this.request = request;
    this.platform = platform;
    this.method = request.method;
    this.url = platform.incoming?.url ?? targetOf(request.url);
    this.startedAt = gate.clock.now();
    this.startedMs = gate.clock.monotonicMs();
  }

  get path(): string {
    const query = this.url.indexOf("?");
    return query === -1 ? this.url : this.url.slice(0, query);
  }

  get headers(): HeaderReader {
    return (this.#headers ??= new FetchHeaders(this.request.headers));
  }

  get raw(): { request: unknown; response: unknown } {
    return { request: this.request, response: undefined };
  }

  get peer(): string | undefined {
    const { address } = this.platform;
    if (address === undefined) return undefined;
    return (this.#peer ??= unmapAddress(address));
  }

  get clientAddress(): string | undefined {
    if (this.#clientAddress === undefined) {
      this.#clientAddress = resolveClientAddress(this.peer, this.headers, this.gate.trust) ?? null;
    }
    return this.#clientAddress ?? undefined;
  }

  get scheme(): "http" | "https" {
    const own = this.request.url.startsWith("https:") ? "https" : "http";
    return readScheme(own, this.headers, this.#isPeerTrusted());
  }

  get host(): string | undefined {
    const own = hostOf(this.request.url);
    if (this.#isPeerTrusted()) return readHost(this.headers, true) ?? own;
    // The app reads the address, whatever a client has said in `Host` beside it.
    return own ?? readHost(this.headers, false);
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
    if (this.knownRoute !== null || this.view === undefined) return this.knownRoute;
    try {
      return this.view.route();
    } catch (error) {
      this.gate.guard.failed("exchange", "route", error);
      return null;
    }
  }

  user(): UserInfo | undefined {
    try {
      return readUser(this.knownUser === undefined ? this.view?.user() : this.knownUser);
    } catch (error) {
      this.gate.guard.failed("exchange", "user", error);
      return undefined;
    }
  }

  /** @throws TypeError where the platform's requests cannot be changed. */
  setRequestHeader(name: string, value: string | undefined): void {
    if (value === undefined) this.request.headers.delete(name);
    else this.request.headers.set(name, value);
  }

  body(): Json | undefined {
    return this.requestBody?.text();
  }

  /** Ends the exchange: the first call counts. */
  finish(aborted: boolean): void {
    if (this.finished) return;
    this.finished = true;
    try {
      this.gate.runFinish(this, this.#outcome(aborted));
      this.afterFinish?.();
    } catch (error) {
      this.gate.guard.failed("exchange", "finish", error);
    }
  }

  /** Tells the layers about an error; what they do with it never reaches the app. */
  fail(error: unknown, mechanism: ErrorMechanism): EarlyReply | undefined {
    return this.gate.runError(this, error, mechanism);
  }

  #outcome(aborted: boolean): Outcome {
    return {
      status: this.response.sent ? this.response.status : 0,
      responseBytes: this.responseBytes,
      requestBytes: this.requestBody?.bytes ?? 0,
      durationMs: this.gate.clock.monotonicMs() - this.startedMs,
      aborted,
      route: this.route(),
      error: this.error,
      errorId: this.errorId,
    };
  }

  #isPeerTrusted(): boolean {
    return !this.gate.trust.empty && this.peer !== undefined && this.gate.trust.isTrusted(this.peer);
  }
}

function hostOf(address: string): string | undefined {
  const host = address.indexOf("//") + 2;
  const slash = address.indexOf("/", host);
  return slash === -1 ? undefined : address.slice(host, slash);
}
