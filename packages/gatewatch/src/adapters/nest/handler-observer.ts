import { exchangeOf } from "../../gate/context.ts";
import type { GateCore } from "../../gate/gate-core.ts";
import { NodeExchange } from "../../gate/node/node-exchange.ts";
import { trySendReply } from "../../gate/node/send-reply.ts";
import { tellError } from "../node/tell-error.ts";
import { type CallHandler, type ExecutionContext, type Messages, messagesOf, type Observable } from "./nest-types.ts";

type ObservableConstructor = new (
  subscribe: (subscriber: Parameters<Observable["subscribe"]>[0]) => unknown,
) => Observable;

/** An interceptor that sees what handlers, pipes and further interceptors throw, before any filter gets it. */
export class HandlerObserver {
  readonly #core: GateCore;

  constructor(core: GateCore) {
    this.#core = core;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable {
    const source = next.handle();
    const messages = messagesOf(context);
    const x = messages === undefined ? undefined : exchangeOf(messages.request);
    if (messages === undefined || !(x instanceof NodeExchange)) return source;
    // The class is rxjs', which is the app's.
    const Own = source.constructor as ObservableConstructor;
    return new Own((subscriber) =>
      source.subscribe({
        next: (value) => subscriber.next(value),
        complete: () => subscriber.complete(),
        error: (error) => this.#see(x, messages, error, () => subscriber.error(error)),
      }),
    );
  }

  #see(x: NodeExchange, messages: Messages, error: unknown, handOn: () => void): void {
    const { reply, held } = tellError(this.#core, x, error, "rejection");
    const goOn = (): void => {
      if (reply === undefined || !trySendReply(x, messages.response, reply)) handOn();
      // The filters, which would answer, are never reached.
      else messages.hijack();
    };
    if (held === undefined) goOn();
    else void held.then(goOn);
  }
}
