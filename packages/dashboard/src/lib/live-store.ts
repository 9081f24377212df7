import type { LiveMessage, LiveRequest } from "@gatewatch/protocol";
import { useSyncExternalStore } from "react";
import type { LinkState } from "./live-link.ts";
import { addLiveRows, EMPTY_LIVE, type LiveState } from "./live-rows.ts";

export interface LivePulse {
  link: LinkState;
  /** Both over the last ten seconds. */
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
let ticks: { requestsPerSecond: number; errorsPerSecond: number }[] = [];
/** A rate of one second is nought most of the time in a quiet app. */
const RATE_TICKS = 10;
let waiting: LiveRequest[] = [];
let waitingSkipped = 0;
let flushTimer: ReturnType<typeof setTimeout> | undefined;
/** Four pictures a second are as many as one can read; the stream brings ten. */
const FLUSH_MS = 250;
const listeners = new Set<() => void>();

function publish(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function flushRows(): void {
  flushTimer = undefined;
  live = addLiveRows(live, waiting, waitingSkipped);
  waiting = [];
  waitingSkipped = 0;
  publish();
}

export function clearLive(): void {
  live = EMPTY_LIVE;
  waiting = [];
  waitingSkipped = 0;
  ticks = [];
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
    waiting.push(...message.rows);
    waitingSkipped += message.skipped;
    skippedLately += message.skipped;
    flushTimer ??= setTimeout(flushRows, FLUSH_MS);
  } else if (message.type === "tick") {
    ticks = [...ticks, message].slice(-RATE_TICKS);
    pulse = {
      link: "open",
      requestsPerSecond: ticks.reduce((sum, tick) => sum + tick.requestsPerSecond, 0) / ticks.length,
      errorsPerSecond: ticks.reduce((sum, tick) => sum + tick.errorsPerSecond, 0) / ticks.length,
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
