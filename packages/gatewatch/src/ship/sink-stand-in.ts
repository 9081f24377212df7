import type { GatewatchEvent } from "@gatewatch/protocol";
import { IDLE_STATS } from "./idle-stats.ts";
import type { Sink } from "./sink.ts";

/** A sink that keeps what it gets. */
export interface SinkStandIn extends Sink {
  readonly events: GatewatchEvent[];
}

export function createSinkStandIn(name = "stand-in"): SinkStandIn {
  const events: GatewatchEvent[] = [];
  return {
    name,
    events,
    push: (event) => void events.push(event),
    flush: () => Promise.resolve(true),
    close: () => Promise.resolve(),
    stats: () => ({ ...IDLE_STATS, pushed: events.length }),
  };
}
