import type { ErrorMechanism } from "@gatewatch/protocol";
import { catchLater } from "./catch-later.ts";
import { SYSTEM_CLOCK, type Clock } from "./clock.ts";
import type { EarlyReply, Exchange, Outcome, ResponseHead } from "./exchange.ts";
import { Guard, type Hook, SLOW_HOOK_MS, type GuardStats, type Moment } from "./guard.ts";
import type { Layer } from "./layer.ts";
import type { WriteNotice } from "./notices.ts";
import type { PlannedBody } from "./planned-body.ts";
import type { TrustList } from "./trust/parse-trust-list.ts";

/** What the gate keeps on an exchange beside the public part. */
export interface GatedExchange extends Exchange {
  /** One bit per layer that failed in this exchange. */
  skippedLayers: number;
  /** Every error seen so far; undefined before the first. */
  seenErrors: unknown[] | undefined;
}

/** A head whose changes can be taken back to an earlier moment. */
export interface RevocableHead {
  mark(): number;
  backTo(mark: number): void;
}

interface StepName {
  name: string;
  bit: number;
}

interface Step<M extends Hook> extends StepName {
  layer: Layer & Required<Pick<Layer, M>>;
}

export interface GateSettings {
  /** Outermost first. */
  layers: readonly Layer[];
  trust: TrustList;
  notice: WriteNotice;
  /** Bytes of a request body kept for `Exchange.body()`; 0 keeps none. */
  maxBodyBytes: number;
  /** Whether this request target passes by unseen. */
  isSkipped?: (path: string) => boolean;
  clock?: Clock;
}

/** `skippedLayers` is a bit set. */
const MAX_LAYERS = 31;
const MAX_SEEN_ERRORS = 16;

/** Runs the layers at the four moments: each hook guarded, timed and counted. */
export class Gate {
  readonly clock: Clock;
  readonly trust: TrustList;
  readonly maxBodyBytes: number;
  readonly guard: Guard;
  /** Whether anything wants to see or change heads. */
  readonly hasHeadSteps: boolean;
  readonly #isSkipped: ((path: string) => boolean) | undefined;
  readonly #onRequest: readonly Step<"onRequest">[];
  readonly #onHead: readonly Step<"onHead">[];
  readonly #onError: readonly Step<"onError">[];
  readonly #onUnhandled: readonly Step<"onUnhandled">[];
  readonly #onFinish: readonly Step<"onFinish">[];
  readonly #layers: readonly Layer[];

  constructor(settings: GateSettings) {
    if (settings.layers.length > MAX_LAYERS) throw new RangeError(`at most ${MAX_LAYERS} layers`);
    this.clock = settings.clock ?? SYSTEM_CLOCK;
    this.trust = settings.trust;
    this.maxBodyBytes = settings.maxBodyBytes;
    this.guard = new Guard(settings.notice, this.clock);
    this.#isSkipped = settings.isSkipped;
    this.#onRequest = compileMoment(settings.layers, "onRequest");
    this.#onHead = compileMoment(settings.layers, "onHead").toReversed();
    this.#onError = compileMoment(settings.layers, "onError").toReversed();
    this.#onUnhandled = compileMoment(settings.layers, "onUnhandled").toReversed();
    this.#layers = settings.layers;
    this.#onFinish = compileMoment(settings.layers, "onFinish").toReversed();
    this.hasHeadSteps = this.#onHead.length > 0;
  }

  stats(): GuardStats {
    return this.guard.stats();
  }

  /** What the layers count, by their names. */
  layerStats(): Record<string, Readonly<Record<string, number>>> {
    const stats: Record<string, Readonly<Record<string, number>>> = {};
    for (const layer of this.#layers) {
      try {
        const counts = layer.stats?.();
        if (counts !== undefined) stats[layer.name] = counts;
      } catch (error) {
        this.guard.failed(layer.name, "stats", error);
      }
    }
    return stats;
  }

  /** Lets the layers give back what they hold. Never rejects. */
  async close(): Promise<void> {
    for (const layer of this.#layers) {
      try {
        await layer.close?.();
      } catch (error) {
        this.guard.failed(layer.name, "close", error);
      }
    }
  }

  isSkipped(path: string): boolean {
    try {
      return this.#isSkipped !== undefined && this.#isSkipped(path);
    } catch (error) {
      this.guard.failed("options", "skip", error);
      return false;
    }
  }

  /** A promise only when a layer returned one. */
  runRequest(x: GatedExchange): EarlyReply | undefined | Promise<EarlyReply | undefined> {
    return this.#onRequest.length === 0 ? undefined : this.#runRequestFrom(x, 0);
  }

  #runRequestFrom(x: GatedExchange, from: number): EarlyReply | undefined | Promise<EarlyReply | undefined> {
    const steps = this.#onRequest;
    let before = this.clock.monotonicMs();
    for (let index = from; index < steps.length; index++) {
      const step = steps[index]!;
      if ((x.skippedLayers & step.bit) !== 0) continue;
      try {
        const answer = step.layer.onRequest(x);
        if (answer instanceof Promise) return this.#awaitStep(x, step, answer, index, before);
        if (answer !== undefined) return answer;
      } catch (error) {
        this.#skip(x, step, "onRequest", error);
      }
      before = this.#checkTime(step, "onRequest", before);
    }
    return undefined;
  }

  async #awaitStep(
    x: GatedExchange,
    step: Step<"onRequest">,
    pending: Promise<void | EarlyReply>,
    index: number,
    before: number,
  ): Promise<EarlyReply | undefined> {
    try {
      const answer = await pending;
      if (answer !== undefined) return answer;
    } catch (error) {
      this.#skip(x, step, "onRequest", error);
    }
    this.#checkTime(step, "onRequest", before);
    return this.#runRequestFrom(x, index + 1);
  }

  runHead(x: GatedExchange, head: ResponseHead, body: PlannedBody): void {
    let before = this.clock.monotonicMs();
    for (const step of this.#onHead) {
      if ((x.skippedLayers & step.bit) !== 0) continue;
      body.asker = step;
      try {
        const result: unknown = step.layer.onHead(x, head, body);
        if (result !== undefined) this.#watch(x, step, "onHead", result);
      } catch (error) {
        this.#skip(x, step, "onHead", error);
      }
      before = this.#checkTime(step, "onHead", before);
    }
  }

  /** Lets the layers decide about the body. What a decision that fails has planned, and changed in the head, is taken back. */
  runBody(x: GatedExchange, body: PlannedBody, whole: Uint8Array | undefined, head?: RevocableHead): void {
    body.whole = whole;
    const { decisions, askers } = body.takeDecisions();
    let before = this.clock.monotonicMs();
    for (let index = 0; index < decisions.length; index++) {
      const step = askers[index] as StepName;
      if ((x.skippedLayers & step.bit) !== 0) continue;
      const bodyMark = body.mark();
      const headMark = head?.mark();
      try {
        decisions[index]!(body.whole);
      } catch (error) {
        body.backTo(bodyMark);
        if (headMark !== undefined) head?.backTo(headMark);
        this.#skip(x, step, "whenBody", error);
      }
      before = this.#checkTime(step, "whenBody", before);
    }
  }

  /** Tells the layers about an error, once per error object and exchange; the first reply of a layer is the answer. */
  runError(x: GatedExchange, error: unknown, mechanism: ErrorMechanism): EarlyReply | undefined {
    if (x.seenErrors === undefined) {
      x.seenErrors = [error];
      x.error = error;
    } else {
      if (x.seenErrors.length >= MAX_SEEN_ERRORS || x.seenErrors.includes(error)) return undefined;
      x.seenErrors.push(error);
    }
    let reply: EarlyReply | undefined;
    let before = this.clock.monotonicMs();
    for (const step of this.#onError) {
      if ((x.skippedLayers & step.bit) !== 0) continue;
      try {
        const result: unknown = step.layer.onError(x, error, mechanism);
        if (isReply(result)) reply ??= result;
        else if (result !== undefined) this.#watch(x, step, "onError", result);
      } catch (failure) {
        this.#skip(x, step, "onError", failure);
      }
      before = this.#checkTime(step, "onError", before);
    }
    return reply;
  }

  /** The answer to an exception that no handler of the app has answered; undefined leaves it to the framework. */
  runUnhandled(x: GatedExchange, error: unknown): EarlyReply | undefined {
    for (const step of this.#onUnhandled) {
      if ((x.skippedLayers & step.bit) !== 0) continue;
      try {
        const reply = step.layer.onUnhandled(x, error);
        if (isReply(reply)) return reply;
      } catch (failure) {
        this.#skip(x, step, "onUnhandled", failure);
      }
    }
    return undefined;
  }

  runFinish(x: GatedExchange, outcome: Outcome): void {
    if (this.#onFinish.length === 0) return;
    let before = this.clock.monotonicMs();
    for (const step of this.#onFinish) {
      if ((x.skippedLayers & step.bit) !== 0) continue;
      try {
        const result: unknown = step.layer.onFinish(x, outcome);
        if (result !== undefined) this.#watch(x, step, "onFinish", result);
      } catch (error) {
        this.#skip(x, step, "onFinish", error);
      }
      before = this.#checkTime(step, "onFinish", before);
    }
  }

  #skip(x: GatedExchange, step: StepName, moment: Moment, error: unknown): void {
    x.skippedLayers |= step.bit;
    this.guard.failed(step.name, moment, error);
  }

  /** These moments wait for nobody; a layer that is `async` all the same fails like any other. */
  #watch(x: GatedExchange, step: StepName, moment: Moment, result: unknown): void {
    catchLater(result, (error) => this.#skip(x, step, moment, error));
  }

  #checkTime(step: StepName, moment: Moment, before: number): number {
    const after = this.clock.monotonicMs();
    if (after - before > SLOW_HOOK_MS) this.guard.slow(step.name, moment, after - before);
    return after;
  }
}

/** A promise of an `async` hook is none. */
function isReply(result: unknown): result is EarlyReply {
  return typeof result === "object" && result !== null && "status" in result && "body" in result;
}

function compileMoment<M extends Hook>(layers: readonly Layer[], moment: M): Step<M>[] {
  const steps: Step<M>[] = [];
  for (const [index, layer] of layers.entries()) {
    if (uses(layer, moment)) steps.push({ name: layer.name, bit: 1 << index, layer });
  }
  return steps;
}

function uses<M extends Hook>(layer: Layer, moment: M): layer is Layer & Required<Pick<Layer, M>> {
  return typeof layer[moment] === "function";
}
