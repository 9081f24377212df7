import { startDelivery } from "./alerts/start-delivery.ts";
import { startAnalyses } from "./analyst/run-analyses.ts";
import type { Watch } from "./anomalies/create-watch.ts";
import { ANALYSED_TOPIC, DIGESTED_TOPIC } from "./api/live/live-topics.ts";
import { analystBudgetOf, type ServerConfig } from "./settings/server-settings.ts";
import { unpackEvent } from "./issues/pack-event.ts";
import type { Log } from "./log.ts";
import type { AnalystProvider } from "./model/analyst.ts";
import { readAnalystBudget } from "./model/changed-settings.ts";
import type { DigestNotice } from "./model/live.ts";
import type { Journal } from "./model/journal.ts";
import type { Shared } from "./model/shared.ts";
import type { Store } from "./model/store.ts";
import { createMonitorWatch } from "./monitors/watch-monitors.ts";
import { openWatch } from "./open-watch.ts";
import { retainForever } from "./retain.ts";

export interface BackgroundParts {
  config: ServerConfig;
  log: Log;
  store: Store;
  journal: Pick<Journal, "append">;
  shared: Shared;
  provider: AnalystProvider | null;
  /** Since when events wait to be digested; null when none does. */
  behindSince(): number | null;
  /** Gets each worker that is to be woken by news. */
  workers: { poke(): void }[];
  closers: (() => Promise<unknown> | unknown)[];
}

/** Starts what nobody waits for: alerts, explanations by a model, the watches, retention. Their failures are logged, never raised. */
export function startBackground({
  config,
  log,
  store,
  journal,
  shared,
  provider,
  behindSince,
  workers,
  closers,
}: BackgroundParts): { watch: Watch } {
  const delivery = startDelivery({
    store,
    clock: Date.now,
    onFailure: (failure) => log(failure.dead ? "error" : "warn", "An alert was not delivered.", { ...failure }),
    onCrash: (error) => log("error", "The delivery of alerts failed; it goes on.", { error }),
  });
  workers.push(delivery);
  closers.push(() => delivery.stop());

  if (provider !== null) {
    const analyses = startAnalyses({
      store,
      shared,
      provider,
      clock: Date.now,
      budget: async () => {
        const { maxCallsPerDay, maxUsdPerDay } = await readAnalystBudget(store, analystBudgetOf(config));
        return { maxCalls: maxCallsPerDay, maxUsd: maxUsdPerDay };
      },
      unpackEvent,
      onAnalysed: (issue) => shared.publish(ANALYSED_TOPIC, issue),
      onFailure: (failure) =>
        log(failure.final ? "error" : "warn", "An issue was not explained by the model.", { ...failure }),
      onCrash: (error) => log("error", "The analyst failed; it goes on.", { error }),
    });
    workers.push(analyses);
    closers.push(() => analyses.stop());
  }

  const watch = openWatch({ config, log, store, behindSince, onAlerts: () => delivery.poke() });
  const stopNotices = shared.subscribe(DIGESTED_TOPIC, (message) => watch.takeNotice(message as DigestNotice));
  watch.start();
  closers.push(() => {
    stopNotices();
    return watch.stop();
  });

  const monitors = createMonitorWatch({
    store,
    journal,
    clock: Date.now,
    onCrash: (error) => log("error", "The watch over monitors failed; it goes on.", { error }),
  }).start();
  closers.push(() => monitors.stop());

  const retaining = new AbortController();
  const retained = retainForever(store, config.retention, Date.now, log, retaining.signal);
  closers.push(() => {
    retaining.abort();
    return retained;
  });
  return { watch };
}
