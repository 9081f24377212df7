import type { ErrorMechanism } from "@gatewatch/protocol";
import { catchLater } from "./catch-later.ts";
import { SYSTEM_CLOCK, type Clock } from "./clock.ts";
import { compileMoment, isReply, type Step, type StepName } from "./compile-moment.ts";
import type { EarlyReply, Exchange, Outcome, ResponseHead } from "./exchange.ts";
import { HookGuard, SLOW_HOOK_MS, type HookStats, type Moment } from "./hook-guard.ts";
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
  /** Layers of routes that this exchange has come to, in that order. */
  mounted?: Gate[] | undefined;
}

/** A head whose changes can be taken back to an earlier moment. */
export interface RevocableHead {
  mark(): number;
  backTo(mark: number): void;
}

export interface GateSettings {
  /** Outermost first. */
  layers: readonly Layer[];
  trust: TrustList;
  notice: WriteNotice;
  /** Bytes of a request body kept for `Exchange.body()`; 0 keeps none. */
  maxBodyBytes: number;
  /** Whether a request passes by unseen. */
  isSkipped?: ((path: string, method: string) => boolean) | undefined;
  clock?: Clock;
  /** Makes the layers of one route. */
  buildRouteLayers?: (options: object) => readonly Layer[];
  /** The gate whose exchanges these layers of one route join. */
  parent?: Gate;
}

/** `skippedLayers` is a bit set: the lower half for the gate, the upper one for the routes that an exchange comes to. */
const MAX_LAYERS = 16;
const MAX_ROUTE_LAYERS = 15;
const MAX_SEEN_ERRORS = 16;
const NO_STEPS: readonly StepName[] = [];

/** Runs the layers at the four moments: each hook guarded, timed and counted. */
export class Gate {
  readonly clock: Clock;
  readonly trust: TrustList;
  readonly maxBodyBytes: number;
  readonly guard: HookGuard;
  /** Whether anything wants to see or change heads. */
  readonly hasHeadSteps: boolean;
  readonly #isSkipped: GateSettings["isSkipped"];
  readonly #onRequest: readonly Step<"onRequest">[];
  readonly #onHead: readonly Step<"onHead">[];
  readonly #onError: readonly Step<"onError">[];
  readonly #onUnhandled: readonly Step<"onUnhandled">[];
  readonly #onFinish: readonly Step<"onFinish">[];
  readonly #layers: readonly Layer[];
  readonly #settings: GateSettings;
  readonly #routes: Gate[] = [];
  #isTimed = false;

  constructor(settings: GateSettings) {
    const { parent } = settings;
    const limit = parent === undefined ? MAX_LAYERS : MAX_ROUTE_LAYERS;
    if (settings.layers.length > limit) throw new RangeError(`at most ${limit} layers`);
    const firstBit = parent === undefined ? 0 : MAX_LAYERS;
    this.clock = settings.clock ?? SYSTEM_CLOCK;
    this.trust = settings.trust;
    this.maxBodyBytes = settings.maxBodyBytes;
    this.guard = parent?.guard ?? new HookGuard(settings.notice, this.clock);
    this.#settings = settings;
    this.#isSkipped = settings.isSkipped;
    this.#onRequest = compileMoment(settings.layers, "onRequest", firstBit);
    this.#onHead = compileMoment(settings.layers, "onHead", firstBit).toReversed();
    this.#onError = compileMoment(settings.layers, "onError", firstBit).toReversed();
    this.#onUnhandled = compileMoment(settings.layers, "onUnhandled", firstBit).toReversed();
    this.#layers = settings.layers;
    this.#onFinish = compileMoment(settings.layers, "onFinish", firstBit).toReversed();
    this.hasHeadSteps = this.#onHead.length > 0;
  }

  stats(): HookStats {
    return this.guard.stats();
  }

  /**
   * A gate for one route: its layers run inside of this one's, on exchanges that `mount` brings to it.
   * @throws whatever the making of the layers throws.
   */
  openRoute(options: object): Gate {
    const layers = this.#settings.buildRouteLayers?.(options) ?? [];
    const route = new Gate({ ...this.#settings, layers, parent: this });
    this.#routes.push(route);
    return route;
  }

  /** Runs the layers of a route that this exchange has come to; they see its further moments too. */
  mount(x: GatedExchange, route: Gate): EarlyReply | undefined | Promise<EarlyReply | undefined> {
    if (x.mounted === undefined) x.mounted = [route];
    else if (x.mounted.includes(route)) return undefined;
    else x.mounted.push(route);
    return route.runRequest(x);
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
    for (const [index, route] of this.#routes.entries()) {
      for (const [name, counts] of Object.entries(route.layerStats())) stats[`${name} (route ${index + 1})`] = counts;
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
    for (const route of this.#routes) await route.close();
  }

  isSkipped(method: string, target: string): boolean {
    if (this.#isSkipped === undefined) return false;
    try {
      const query = target.indexOf("?");
      return this.#isSkipped(query === -1 ? target : target.slice(0, query), method);
    } catch (error) {
      this.guard.failed("options", "skip", error);
      return false;
    }
  }

  /**
   * A promise only when a layer returned one.
   * @param nowMs for whoever has just read the monotonic clock.
   */
  runRequest(
    x: GatedExchange,
    nowMs = this.clock.monotonicMs(),
  ): EarlyReply | undefined | Promise<EarlyReply | undefined> {
    return this.#onRequest.length === 0 ? undefined : this.#runRequestFrom(x, 0, nowMs);
  }

  #runRequestFrom(
    x: GatedExchange,
    from: number,
    nowMs: number,
  ): EarlyReply | undefined | Promise<EarlyReply | undefined> {
    const steps = this.#onRequest;
    let before = nowMs;
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
      if (this.#isTimed) before = this.#checkTime(step, "onRequest", before);
    }
    if (!this.#isTimed) this.#checkMoment(steps, "onRequest", before);
    return undefined;
  }

  async #awaitStep(
    x: GatedExchange,
    step: Step<"onRequest">,
    pending: Promise<void | EarlyReply>,
    index: number,
    before: number,
  ): Promise<EarlyReply | undefined> {
    // What a layer waits for holds up nobody else.
    this.#checkTime(step, "onRequest", before);
    try {
      const answer = await pending;
      if (answer !== undefined) return answer;
    } catch (error) {
      this.#skip(x, step, "onRequest", error);
    }
    return this.#runRequestFrom(x, index + 1, this.clock.monotonicMs());
  }

  runHead(x: GatedExchange, head: ResponseHead, body: PlannedBody): void {
    const { mounted } = x;
    if (mounted !== undefined) for (let at = mounted.length - 1; at >= 0; at--) mounted[at]!.#runHead(x, head, body);
    this.#runHead(x, head, body);
  }

  #runHead(x: GatedExchange, head: ResponseHead, body: PlannedBody): void {
    if (this.#onHead.length === 0) return;
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
      if (this.#isTimed) before = this.#checkTime(step, "onHead", before);
    }
    if (!this.#isTimed) this.#checkMoment(this.#onHead, "onHead", before);
  }

  /** Lets the layers decide about the body. What a decision that fails has planned, and changed in the head, is taken back. */
  runBody(x: GatedExchange, body: PlannedBody, whole: Uint8Array | undefined, head?: RevocableHead): void {
    body.whole = whole;
    const { decisions, askers } = body.takeDecisions();
    if (decisions.length === 0) return;
    let before = this.clock.monotonicMs();
    for (let index = 0; index < decisions.length; index++) {
      const step = askers[index] as StepName;
      if ((x.skippedLayers & step.bit) !== 0) continue;
      const { whole: known, isReplaced, encoded, openEncoder, observers } = body;
      const headMark = head === undefined ? 0 : head.mark();
      try {
        decisions[index]!(body.whole);
      } catch (error) {
        body.whole = known;
        body.isReplaced = isReplaced;
        body.encoded = encoded;
        body.openEncoder = openEncoder;
        body.observers = observers;
        head?.backTo(headMark);
        this.#skip(x, step, "whenBody", error);
      }
      if (this.#isTimed) before = this.#checkTime(step, "whenBody", before);
    }
    if (!this.#isTimed) this.#checkMoment(NO_STEPS, "whenBody", before);
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
    const { mounted } = x;
    if (mounted !== undefined) {
      for (let at = mounted.length - 1; at >= 0; at--) {
        const told = mounted[at]!.#runError(x, error, mechanism);
        reply ??= told;
      }
    }
    const own = this.#runError(x, error, mechanism);
    return reply ?? own;
  }

  #runError(x: GatedExchange, error: unknown, mechanism: ErrorMechanism): EarlyReply | undefined {
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
      if (this.#isTimed) before = this.#checkTime(step, "onError", before);
    }
    if (!this.#isTimed) this.#checkMoment(this.#onError, "onError", before);
    return reply;
  }

  /** The answer to an exception that no handler of the app has answered; undefined leaves it to the framework. */
  runUnhandled(x: GatedExchange, error: unknown): EarlyReply | undefined {
    for (const route of (x.mounted ?? []).toReversed()) {
      const reply = route.#runUnhandled(x, error);
      if (reply !== undefined) return reply;
    }
    return this.#runUnhandled(x, error);
  }

  #runUnhandled(x: GatedExchange, error: unknown): EarlyReply | undefined {
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

  /** @param nowMs for whoever has just read the monotonic clock. */
  runFinish(x: GatedExchange, outcome: Outcome, nowMs = this.clock.monotonicMs()): void {
    const { mounted } = x;
    if (mounted === undefined) {
      this.#runFinish(x, outcome, nowMs);
      return;
    }
    for (let at = mounted.length - 1; at >= 0; at--) mounted[at]!.#runFinish(x, outcome, this.clock.monotonicMs());
    this.#runFinish(x, outcome, this.clock.monotonicMs());
  }

  #runFinish(x: GatedExchange, outcome: Outcome, nowMs: number): void {
    if (this.#onFinish.length === 0) return;
    let before = nowMs;
    for (const step of this.#onFinish) {
      if ((x.skippedLayers & step.bit) !== 0) continue;
      try {
        const result: unknown = step.layer.onFinish(x, outcome);
        if (result !== undefined) this.#watch(x, step, "onFinish", result);
      } catch (error) {
        this.#skip(x, step, "onFinish", error);
      }
      if (this.#isTimed) before = this.#checkTime(step, "onFinish", before);
    }
    if (!this.#isTimed) this.#checkMoment(this.#onFinish, "onFinish", before);
  }

  #skip(x: GatedExchange, step: StepName, moment: Moment, error: unknown): void {
    x.skippedLayers |= step.bit;
    this.guard.failed(step.name, moment, error);
  }

  /** These moments wait for nobody; a layer that is `async` all the same fails like any other. */
  #watch(x: GatedExchange, step: StepName, moment: Moment, result: unknown): void {
    catchLater(result, (error) => this.#skip(x, step, moment, error));
  }

  /** Reading the clock for each layer would cost more than most of them: they are timed one by one once a moment has been slow. */
  #checkMoment(steps: readonly StepName[], moment: Moment, before: number): void {
    const durationMs = this.clock.monotonicMs() - before;
    if (durationMs <= SLOW_HOOK_MS) return;
    this.#isTimed = true;
    this.guard.slow(steps.length === 1 ? steps[0]!.name : "gate", moment, durationMs);
  }

  #checkTime(step: StepName, moment: Moment, before: number): number {
    const after = this.clock.monotonicMs();
    if (after - before > SLOW_HOOK_MS) this.guard.slow(step.name, moment, after - before);
    return after;
  }
}
