import type { ErrorMechanism } from "@gatewatch/protocol";
import type { BodyPlan } from "./body-plan.ts";
import type { EarlyReply, Exchange, Outcome, ResponseHead } from "./exchange.ts";

/**
 * A part of the gate. It declares the moments it uses; the gate compiles one array per moment.
 * `onRequest` runs from the outer layer to the inner; the others from the inner to the outer.
 * A moment that throws is skipped for this exchange, counted, and logged once.
 */
export interface Layer {
  readonly name: string;
  /** Before the app. Returning a reply answers instead of the app. */
  onRequest?(x: Exchange): void | EarlyReply | Promise<void | EarlyReply>;
  /** Just before the head is sent; early replies included. */
  onHead?(x: Exchange, head: ResponseHead, body: BodyPlan): void;
  /**
   * An exception on its way to the app's own handler, once per error object and exchange. Returning a reply answers instead of that
   * handler, as long as no head was sent; the first reply counts.
   */
  onError?(x: Exchange, error: unknown, mechanism: ErrorMechanism): void | EarlyReply;
  /** An exception that no handler of the app has answered: a reply takes the place of the framework's own answer. */
  onUnhandled?(x: Exchange, error: unknown): void | EarlyReply;
  /** After the end, exactly once. */
  onFinish?(x: Exchange, outcome: Outcome): void;
  /** Counters for `gatewatch.stats()`, for example answers that a store's failure has let pass. */
  stats?(): Readonly<Record<string, number>>;
  /** Gives back timers and the like. */
  close?(): void | Promise<void>;
}
