import { WIRE_LIMITS, type Breadcrumb, type ErrorMechanism, type Json } from "@gatewatch/protocol";
import { giveCspNonce } from "./csp-nonce.ts";
import { buildBreadcrumb, type CustomBreadcrumb } from "./custom-breadcrumb.ts";
import type { Exchange, TraceContext } from "./exchange.ts";
import { addTiming } from "./app-timings.ts";
import type {
  Counter,
  CounterOptions,
  Gauge,
  GaugeOptions,
  Histogram,
  HistogramOptions,
  Instruments,
} from "./instruments.ts";
import { createFactTeller, type Fact, type FactTeller } from "./fact.ts";

/** The part of the recorder that apps reach through `req.gatewatch`. */
export interface FactRecorder {
  recordError(error: unknown, mechanism: ErrorMechanism, x: Exchange | undefined): string;
  addBreadcrumb(crumb: Breadcrumb, x: Exchange | undefined): void;
  recordFact(fact: Fact, x: Exchange | undefined): void;
}

/** The part of an exchange that the app may set: an adapter's exchange has it. */
export interface AppFacts extends Exchange {
  knownRoute: string | null;
  knownUser: unknown;
  fail(error: unknown, mechanism: "manual"): void;
}

/** What an app finds as `req.gatewatch`: facts that travel with the request's events. */
export class RequestHandle implements FactTeller {
  readonly #x: AppFacts;
  readonly #recorder: FactRecorder;
  readonly #instruments: Instruments;

  constructor(x: AppFacts, recorder: FactRecorder, instruments: Instruments) {
    this.#x = x;
    this.#recorder = recorder;
    this.#instruments = instruments;
  }

  /** The id that the answer carries as `X-Request-ID`. */
  get requestId(): string {
    return this.#x.requestId;
  }

  get trace(): TraceContext {
    return this.#x.trace;
  }

  /** The client's address by the trust rules. */
  get clientAddress(): string | undefined {
    return this.#x.clientAddress;
  }

  /** The nonce that this answer's Content-Security-Policy allows, for `<script nonce="…">`. */
  get cspNonce(): string {
    return giveCspNonce(this.#x);
  }

  /** Numbers that travel with the request event. */
  get metrics(): Record<string, number> {
    return this.#x.metrics;
  }

  /** A counter of the process, made when it is new: `req.gatewatch.counter("shop.orders").add()`. */
  counter(name: string, options?: CounterOptions): Counter {
    return this.#instruments.counter(name, options);
  }

  /** A histogram of the process, made when it is new. */
  histogram(name: string, options?: HistogramOptions): Histogram {
    return this.#instruments.histogram(name, options);
  }

  /** A gauge of the process, made when it is new. */
  gauge(name: string, options?: GaugeOptions): Gauge {
    return this.#instruments.gauge(name, options);
  }

  /** Attaches facts to the events of this request; beyond 128 names further ones are ignored. */
  set(name: string, value: Json): this;
  set(facts: Readonly<Record<string, Json>>): this;
  set(nameOrFacts: string | Readonly<Record<string, Json>>, value?: Json): this {
    if (typeof nameOrFacts === "string") this.#setOne(nameOrFacts, value ?? null);
    else if (typeof nameOrFacts === "object" && nameOrFacts !== null) {
      for (const [name, fact] of Object.entries(nameOrFacts)) this.#setOne(name, fact);
    }
    return this;
  }

  /** The same as `set`, by the name that detection clients know. */
  addContext(facts: Readonly<Record<string, Json>>): this {
    return this.set(facts);
  }

  #setOne(name: string, value: Json): void {
    const { attributes } = this.#x;
    if (Object.hasOwn(attributes, name) || Object.keys(attributes).length < WIRE_LIMITS.maxAttributes) {
      // An own property whatever the name: `__proto__` must not reach the prototype.
      Object.defineProperty(attributes, name, { value, enumerable: true, configurable: true, writable: true });
    }
  }

  /** Who makes this request, for apps whose authentication does not set `req.user`: an id, or an object with `id`, `username`, `email`. */
  set user(user: unknown) {
    this.#x.knownUser = user;
  }

  get user(): unknown {
    return this.#x.knownUser;
  }

  /** The route's template (`/users/:id`), for servers without a router that Gatewatch knows. */
  set route(template: string | null) {
    this.#x.knownRoute = template;
  }

  get route(): string | null {
    return this.#x.route();
  }

  addBreadcrumb(crumb: CustomBreadcrumb | string): this {
    this.#recorder.addBreadcrumb(buildBreadcrumb(crumb), this.#x);
    return this;
  }

  log(...said: Parameters<FactTeller["log"]>): this {
    this.#tell.log(...said);
    return this;
  }

  metric(...said: Parameters<FactTeller["metric"]>): this {
    this.#tell.metric(...said);
    return this;
  }

  event(...said: Parameters<FactTeller["event"]>): this {
    this.#tell.event(...said);
    return this;
  }

  get #tell(): FactTeller {
    return createFactTeller((fact) => this.#recorder.recordFact(fact, this.#x));
  }

  /** Adds an entry to this answer's `Server-Timing`, where that is on and the head has not been sent. `name` is a token, `durationMs` milliseconds. */
  timing(name: string, durationMs?: number, description?: string): this {
    addTiming(this.#x, name, durationMs, description);
    return this;
  }

  /** Records an error that the app handled itself; returns its event's id. */
  captureError(error: unknown): string {
    this.#x.fail(error, "manual");
    return this.#recorder.recordError(error, "manual", this.#x);
  }
}
