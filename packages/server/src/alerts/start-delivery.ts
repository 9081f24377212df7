import { createDelivery, type DeliveryOptions } from "./create-delivery.ts";

const MAX_SLEEP_MS = 30_000;
const AFTER_FAILURE_MS = 5000;

export interface DeliveryWorker {
  /** New alerts are in the outbox: looks now instead of at the next due time. */
  poke(): void;
  /** Stops taking rows and waits for the message under way: five seconds at most. */
  stop(): Promise<void>;
}

/** Runs the delivery of alerts until it is stopped. `onCrash` hears when the store cannot be read; the worker goes on. */
export function startDelivery(options: DeliveryOptions & { onCrash?: (error: unknown) => void }): DeliveryWorker {
  const delivery = createDelivery(options);
  const stopping = new AbortController();
  let wake = (): void => {};
  let poked = false;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      poked = false;
      const sleepMs = await turn();
      if (!poked && !stopping.signal.aborted && sleepMs > 0) await sleep(sleepMs);
    }
  }

  async function turn(): Promise<number> {
    try {
      if ((await delivery.deliverDue(stopping.signal)) > 0) return 0;
      const dueAt = await options.store.outbox.nextDueAt();
      const leftMs = dueAt === null ? MAX_SLEEP_MS : dueAt - options.clock();
      // Rows of other kinds may be due; at least a second keeps that from spinning.
      return Math.min(MAX_SLEEP_MS, Math.max(1000, leftMs));
    } catch (error) {
      options.onCrash?.(error);
      return AFTER_FAILURE_MS;
    }
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const running = run();
  return {
    poke() {
      poked = true;
      wake();
    },
    async stop() {
      stopping.abort(new DOMException("The server stops", "AbortError"));
      wake();
      await running;
    },
  };
}
