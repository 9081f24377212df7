import type { MonitorState } from "@gatewatch/protocol";
import type { MonitorRecord } from "../model/client-records.ts";
import { isDown } from "../model/is-down.ts";
import { expectAfterMissed, expectRun } from "./expect-run.ts";
import type { CheckIn } from "./read-check-in.ts";

const MINUTE_MS = 60_000;
/** A job of which nothing was heard for so long is held for removed. */
const GIVE_UP_MS = 30 * 86_400_000;
const MAX_IN_A_ROW = 1_000_000;

/** How a run went wrong. */
export type RunFailure = Extract<MonitorState, "failed" | "missed" | "overrun">;

export interface Advanced {
  monitor: MonitorRecord;
  /** A run went wrong, and there were enough of them in a row to tell people. */
  failure: RunFailure | null;
  /** It was down, and enough runs went well since. */
  recovered: boolean;
}

/** What a check-in does to its monitor, which is null when it is the first of its slug and environment. Pure. */
export function hearCheckIn(projectId: number, before: MonitorRecord | null, checkIn: CheckIn): Advanced {
  const known = configure(before ?? createMonitor(projectId, checkIn), checkIn);
  const isSame = before !== null && isSameRun(before, checkIn);
  if (isSame && isRepetition(known, checkIn)) return { monitor: known, failure: null, recovered: false };
  const heard: MonitorRecord = { ...known, lastCheckInAt: Math.max(known.lastCheckInAt, checkIn.at) };
  if (checkIn.status === "in_progress") {
    const monitor = expectNext(heard, checkIn.at);
    const dueAt = monitor.schedule === null ? null : checkIn.at + monitor.maxRuntimeMin * MINUTE_MS;
    return {
      monitor: { ...monitor, state: "running", checkInId: checkIn.id, dueAt },
      failure: null,
      recovered: false,
    };
  }
  return endRun(heard, checkIn, isSame);
}

/** What passing its due time does to a monitor. Pure. */
export function passDueTime(before: MonitorRecord, at: number): Advanced {
  if (before.state === "missed" && at - before.lastCheckInAt > GIVE_UP_MS)
    return { monitor: { ...before, expectedAt: null, dueAt: null }, failure: null, recovered: false };
  const failure = before.state === "running" ? "overrun" : "missed";
  return countBad({ ...skipTo(before, at), state: failure }, failure);
}

/** Expects the next run, and says nothing of the one that was due: the server was away and cannot know. Pure. */
export function excuse(before: MonitorRecord, at: number): MonitorRecord {
  const monitor = skipTo(before, at);
  // Its end, if it comes yet, counts as a run of its own.
  return before.state === "running" ? { ...monitor, state: "ok", checkInId: null } : monitor;
}

function createMonitor(projectId: number, { slug, environment, at }: CheckIn): MonitorRecord {
  return {
    projectId,
    slug,
    environment,
    schedule: null,
    marginMin: 1,
    maxRuntimeMin: 30,
    failureThreshold: 1,
    recoveryThreshold: 1,
    state: "ok",
    failures: 0,
    successes: 0,
    checkInId: null,
    lastCheckInAt: at,
    lastDurationS: null,
    expectedAt: null,
    dueAt: null,
    createdAt: at,
  };
}

/** Takes a configuration over; one that asks for more bad runs does not end what is going on. */
function configure(monitor: MonitorRecord, { config }: CheckIn): MonitorRecord {
  if (config === null) return monitor;
  const configured: MonitorRecord = { ...monitor, ...config };
  if (isDown(monitor)) configured.failures = Math.max(monitor.failures, config.failureThreshold);
  else if (monitor.failures >= config.failureThreshold) configured.failures = config.failureThreshold - 1;
  // The old expectation says nothing of the new schedule.
  if (JSON.stringify(monitor.schedule) !== JSON.stringify(config.schedule)) configured.expectedAt = null;
  return configured;
}

function isSameRun({ state, checkInId }: MonitorRecord, { id }: CheckIn): boolean {
  return id === null ? state === "running" : id === checkInId;
}

/** The begin of a run that was told before, whether it is over or not, or the end of one that had ended. */
function isRepetition({ state }: MonitorRecord, { id, status }: CheckIn): boolean {
  // Without an id, two begins are two runs.
  if (status === "in_progress") return id !== null;
  return state !== "running" && state !== "overrun";
}

function endRun(heard: MonitorRecord, checkIn: CheckIn, isSame: boolean): Advanced {
  const { at, status, durationS } = checkIn;
  const ended: MonitorRecord = { ...heard, lastDurationS: durationS };
  const isGood = status === "ok";
  if (!isSame && heard.state === "running" && heard.checkInId !== null)
    // Another run is still under way: this one counts, and that one is waited for.
    return isGood ? countGood(ended) : countBad(ended, "failed");
  const isOver = isSame && heard.state === "overrun";
  const state = isGood ? "ok" : "failed";
  const next = isSame ? expectAfterEnd(ended, at) : expectNext(ended, at);
  const monitor: MonitorRecord = { ...next, state, checkInId: checkIn.id ?? (isSame ? heard.checkInId : null) };
  if (isGood) return countGood(monitor);
  // Its overrun was counted already.
  return isOver ? { monitor, failure: null, recovered: false } : countBad(monitor, "failed");
}

/** The run after one that began at `at`. */
function expectNext(monitor: MonitorRecord, at: number): MonitorRecord {
  const expectedAt = monitor.schedule === null ? null : expectRun(monitor.schedule, at, monitor.expectedAt);
  return { ...monitor, expectedAt, dueAt: dueOf(monitor, expectedAt) };
}

/** The run after one that ends at `at`: what its begin told stays, unless it has passed. */
function expectAfterEnd(monitor: MonitorRecord, at: number): MonitorRecord {
  const { schedule, expectedAt } = monitor;
  if (schedule?.kind === "crontab" && expectedAt !== null && expectedAt > at)
    return { ...monitor, dueAt: dueOf(monitor, expectedAt) };
  return expectNext(monitor, at);
}

/** The next run that can still come in time. */
function skipTo(monitor: MonitorRecord, at: number): MonitorRecord {
  const { schedule, expectedAt, dueAt, state } = monitor;
  if (schedule === null) return { ...monitor, dueAt: null };
  const marginMs = monitor.marginMin * MINUTE_MS;
  const isAhead = state === "running" && expectedAt !== null && expectedAt + marginMs > at;
  const next = isAhead ? expectedAt : expectAfterMissed(schedule, expectedAt ?? dueAt ?? at, marginMs, at);
  return { ...monitor, expectedAt: next, dueAt: dueOf(monitor, next) };
}

function dueOf({ marginMin }: MonitorRecord, expectedAt: number | null): number | null {
  return expectedAt === null ? null : expectedAt + marginMin * MINUTE_MS;
}

function countGood(monitor: MonitorRecord): Advanced {
  const successes = Math.min(monitor.successes + 1, MAX_IN_A_ROW);
  const wasDown = isDown(monitor);
  const recovered = wasDown && successes >= monitor.recoveryThreshold;
  const failures = wasDown && !recovered ? monitor.failures : 0;
  return { monitor: { ...monitor, successes, failures }, failure: null, recovered };
}

function countBad(monitor: MonitorRecord, kind: RunFailure): Advanced {
  const counted = { ...monitor, successes: 0, failures: Math.min(monitor.failures + 1, MAX_IN_A_ROW) };
  return { monitor: counted, failure: isDown(counted) ? kind : null, recovered: false };
}
