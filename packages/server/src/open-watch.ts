import { decideAnomalyAlerts } from "./alerts/decide-anomaly-alerts.ts";
import { createWatch, type Watch } from "./anomalies/create-watch.ts";
import { openDetectorKit } from "./anomalies/open-detector-kit.ts";
import type { Log } from "./log.ts";
import type { Store } from "./model/store.ts";
import type { ServerConfig } from "./settings/server-settings.ts";

export interface WatchParts {
  config: Pick<ServerConfig, "publicUrl">;
  log: Log;
  store: Store;
  /** Since when events wait to be digested; null when none does. */
  behindSince(): number | null;
  /** There are new alerts to deliver. */
  onAlerts?: () => void;
}

/** The watch over traffic and event streams, with the real detectors; it stands still until it is started. */
export function openWatch({ config, log, store, ...parts }: WatchParts): Watch {
  return createWatch({
    ...parts,
    store,
    kit: openDetectorKit(),
    clock: Date.now,
    decideAlerts: (told, now) => decideAnomalyAlerts(store, told, { now, publicUrl: config.publicUrl }),
    onCrash: (error) => log("error", "The watch over traffic failed; it goes on.", { error }),
    reportDamage: ({ projectId, kind, stream, measure }, error) =>
      log("warn", "What a detector knew is damaged; it learns anew.", { projectId, kind, stream, measure, error }),
  });
}
