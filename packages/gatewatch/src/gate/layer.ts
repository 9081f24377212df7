import type { ErrorMechanism } from "@gatewatch/protocol";
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
  onHead?(x: Exchange, head: ResponseHead): void;
  /** An exception on its way to the app's own handler, which still decides the answer. Once per error object and exchange. */
  onError?(x: Exchange, error: unknown, mechanism: ErrorMechanism): void;
  /** After the end, exactly once. */
  onFinish?(x: Exchange, outcome: Outcome): void;
}
