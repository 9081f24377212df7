import type { LiveMessage } from "@gatewatch/protocol";
import { useSyncExternalStore } from "react";
import type { LinkState } from "./live-link.ts";
import { addLiveRows, EMPTY_LIVE, type LiveState } from "./live-rows.ts";

export interface LivePulse {
  link: LinkState;
  requestsPerSecond: number;
  errorsPerSecond: number;
  lagMs: number;
  /** True once the first tick has come. */
  ticked: boolean;
}

const NO_PULSE: LivePulse = { link: "connecting", requestsPerSecond: 0, errorsPerSecond: 0, lagMs: 0, ticked: false };
let pulse = NO_PULSE;
let live = EMPTY_LIVE;
let skippedLately = 0;
const listeners = new Set<() => void>();

function publish(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function clearLive(): void {
  live = EMPTY_LIVE;
  pulse = NO_PULSE;
  publish();
}

export function setLink(link: LinkState): void {
  pulse = { ...pulse, link };
  publish();
}

/** Takes what the stream said into the rows and the pulse; other kinds are not kept here. */
export function recordLive(message: LiveMessage): void {
  if (message.type === "requests") {
    live = addLiveRows(live, message.rows, message.skipped);
    skippedLately += message.skipped;
    publish();
  } else if (message.type === "tick") {
    pulse = {
      link: "open",
      requestsPerSecond: message.requestsPerSecond,
      errorsPerSecond: message.errorsPerSecond,
      lagMs: message.lagMs,
      ticked: true,
    };
    live = { ...live, skippedPerSecond: skippedLately };
    skippedLately = 0;
    publish();
  }
}

export function useLivePulse(): LivePulse {
  return useSyncExternalStore(subscribe, () => pulse);
}

export function useLiveRows(): LiveState {
  return useSyncExternalStore(subscribe, () => live);
}
