import type { Json } from "@gatewatch/protocol";
import type { MonitorRecord } from "../model/client-records.ts";
import type { Clock } from "../model/clock.ts";
import type { Journal } from "../model/journal.ts";
import { type PollingWorker, startPolling } from "../model/start-polling.ts";
import type { Store } from "../model/store.ts";
import { excuse } from "./advance-monitor.ts";
import { makeOverdueRecord } from "./overdue-event.ts";

export interface MonitorWatchDeps {
  store: Pick<Store, "clients" | "control">;
  /** What is noticed takes the way of what clients send: it is durable first, and digested in the order of arrival. */
  journal: Pick<Journal, "append">;
  clock: Clock;
  onCrash?(error: unknown): void;
}

export interface MonitorWatch {
  /** One look, for tests; resolves to the milliseconds until the next. */
  turn(): Promise<number>;
  start(): PollingWorker;
}

/** Epoch milliseconds during which no check-in could have been heard. */
interface Gap {
  from: number;
  to: number;
}

const SETTING = "monitors.watch";
const POLL_MS = 20_000;
const SOON_MS = 1_000;
const BATCH = 200;
const ALIVE_EVERY_MS = 60_000;
/** Without a sign of life for longer, the server was away. */
const MAX_SILENCE_MS = 150_000;
/** It listens a moment after its first sign of life. */
const START_MS = 10_000;
const MAX_GAPS = 8;
const MAX_TOLD = 10_000;

/**
 * Notices monitors of which nothing was heard in time. Of runs that fell into a time when no server was there to hear of them
 * nothing is said: their monitors are excused, and judged by the next run.
 */
export function createMonitorWatch({ store, journal, clock, onCrash }: MonitorWatchDeps): MonitorWatch {
  const told = new Set<string>();

  async function turn(): Promise<number> {
    const now = clock();
    const gaps = await noteAlive(store.control, now);
    const overdue = await store.clients.listOverdueMonitors(now, BATCH);
    for (const monitor of overdue) {
      if (!hasDueTime(monitor)) continue;
      if (gaps.some((gap) => mayHaveMissed(gap, monitor)))
        await store.clients.noteOverdue(monitor, excuse(monitor, now));
      else await tell(monitor, now);
    }
    return overdue.length === BATCH ? SOON_MS : POLL_MS;
  }

  async function tell(monitor: MonitorRecord & { dueAt: number }, now: number): Promise<void> {
    const record = makeOverdueRecord(monitor, now);
    const key = Buffer.from(record.batchId).toString("hex");
    if (told.has(key)) return;
    await journal.append(record);
    if (told.size >= MAX_TOLD) told.clear();
    told.add(key);
  }

  return {
    turn,
    start: () => startPolling({ turn, ...(onCrash === undefined ? {} : { onCrash }) }),
  };
}

/** Leaves a sign of life, shared by all processes of the store; the latest gaps between such signs. */
async function noteAlive(control: Store["control"], now: number): Promise<Gap[]> {
  for (;;) {
    const before = await control.getSetting(SETTING);
    const { aliveAt, gaps } = readSigns(before);
    if (aliveAt !== null && now - aliveAt < ALIVE_EVERY_MS) return gaps;
    const wasAway = aliveAt !== null && now - aliveAt > MAX_SILENCE_MS;
    const known = wasAway ? [...gaps, { from: aliveAt, to: now + START_MS }].slice(-MAX_GAPS) : gaps;
    const signs = { aliveAt: now, gaps: known.map(({ from, to }) => [from, to]) };
    // What another process has noted meanwhile must not be lost; its sign of life ends the loop.
    if (await control.replaceSetting(SETTING, before, signs)) return known;
  }
}

function readSigns(value: Json): { aliveAt: number | null; gaps: Gap[] } {
  const { aliveAt, gaps } = (value ?? {}) as { aliveAt?: number; gaps?: [number, number][] };
  return { aliveAt: aliveAt ?? null, gaps: (gaps ?? []).map(([from, to]) => ({ from, to })) };
}

/** Whether a check-in that was due could have come into the gap. */
function mayHaveMissed(
  gap: Gap,
  { state, lastCheckInAt, expectedAt, dueAt }: MonitorRecord & { dueAt: number },
): boolean {
  const from = state === "running" ? lastCheckInAt : (expectedAt ?? dueAt);
  return from < gap.to && dueAt > gap.from;
}

function hasDueTime(monitor: MonitorRecord): monitor is MonitorRecord & { dueAt: number } {
  return monitor.dueAt !== null;
}
