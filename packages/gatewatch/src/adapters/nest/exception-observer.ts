import { currentExchange } from "../../gate/context.ts";
import type { EarlyReply } from "../../gate/exchange.ts";
import { NodeExchange } from "../../gate/node/node-exchange.ts";
import { trySendReply } from "../../gate/node/send-reply.ts";
import { type ApplicationConfig, type ExecutionContext, messagesOf } from "./nest-types.ts";

/** Where Nest keeps the classes that a filter catches. */
const CAUGHT = "__filterCatchExceptions__";

type Answer = (x: NodeExchange, exception: unknown) => EarlyReply | undefined;

/** Sees each exception that comes to the filters: those of guards, middleware and the router come there only. */
const see: Answer = (x, exception) => (isUnknownRoute(x, exception) ? undefined : x.fail(exception, "rejection"));

/** Asked after all others. What Nest answers by the exception's own word is no unhandled one. */
const answerUnhandled: Answer = (x, exception) =>
  statusOf(exception) === undefined ? x.gate.runUnhandled(x, exception) : undefined;

/**
 * A filter for no exception at all, unless a layer answers it. Nest asks each filter by `instanceof`, and goes on to the next one where the
 * answer is no: so the app's own filters, and Nest's default, do what they did.
 */
function createFilter(answer: Answer): object {
  const replies = new WeakMap<NodeExchange, EarlyReply>();
  const caught = {
    [Symbol.hasInstance](exception: unknown): boolean {
      const x = currentExchange();
      if (!(x instanceof NodeExchange)) return false;
      const reply = answer(x, exception);
      if (reply === undefined || x.response.sent) return false;
      replies.set(x, reply);
      return true;
    },
  };
  class GatewatchFilter {
    catch(_exception: unknown, host: ExecutionContext): void {
      const x = currentExchange();
      const messages = messagesOf(host);
      if (!(x instanceof NodeExchange) || messages === undefined) return;
      const reply = replies.get(x);
      if (reply !== undefined && trySendReply(x, messages.response, reply)) messages.hijack();
    }
  }
  const { defineMetadata } = Reflect as { defineMetadata?: (key: string, value: unknown, target: object) => void };
  // Read from the class by older versions, from its prototype by newer ones.
  for (const target of [GatewatchFilter, GatewatchFilter.prototype]) defineMetadata?.(CAUGHT, [caught], target);
  return new GatewatchFilter();
}

/** Puts the first among the filters of the whole app, and the one that fills in last. Once per app. */
export function observeExceptions(config: ApplicationConfig): void {
  const filters = config.getGlobalFilters();
  filters.push(createFilter(see));
  filters.unshift(createFilter(answerUnhandled));
}

/** Nest's router throws where no route matches: that is an answer, not a failure. */
function isUnknownRoute(x: NodeExchange, exception: unknown): boolean {
  return statusOf(exception) === 404 && x.route() === null;
}

/** The status of an `HttpException`. */
function statusOf(exception: unknown): number | undefined {
  if (typeof exception !== "object" || exception === null || !("getStatus" in exception)) return undefined;
  return typeof exception.getStatus === "function" ? Number(exception.getStatus()) : undefined;
}
