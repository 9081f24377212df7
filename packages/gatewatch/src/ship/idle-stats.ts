import type { SinkStats } from "./sink.ts";

/** The numbers of a sink that has done nothing yet. */
export const IDLE_STATS: SinkStats = Object.freeze({
  pushed: 0,
  sent: 0,
  queued: 0,
  queuedBytes: 0,
  spooledBatches: 0,
  dropped: {},
  circuit: "closed",
  lastError: null,
});
