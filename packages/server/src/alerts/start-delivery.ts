import { startPolling, type PollingWorker } from "../model/start-polling.ts";
import { createDelivery, type DeliveryOptions } from "./create-delivery.ts";

const MAX_SLEEP_MS = 30_000;

/** Runs the delivery of alerts until it is stopped. `onCrash` hears when the store cannot be read; the worker goes on. */
export function startDelivery(options: DeliveryOptions & { onCrash?: (error: unknown) => void }): PollingWorker {
  const delivery = createDelivery(options);
  const { onCrash } = options;
  return startPolling({
    ...(onCrash === undefined ? {} : { onCrash }),
    async turn(stop) {
      if ((await delivery.deliverDue(stop)) > 0) return 0;
      const dueAt = await options.store.outbox.nextDueAt();
      const leftMs = dueAt === null ? MAX_SLEEP_MS : dueAt - options.clock();
      // Rows of other kinds may be due; at least a second keeps that from spinning.
      return Math.min(MAX_SLEEP_MS, Math.max(1000, leftMs));
    },
  });
}
