import type { MonitorSchedule } from "@gatewatch/protocol";
import { nextCronRun } from "./next-cron-run.ts";
import { tryParseCrontab } from "./parse-crontab.ts";
import { isTimeZone } from "./zone-offset.ts";

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 } as const;
const UNIT_MONTHS = { month: 1, year: 12 } as const;
const MAX_INTERVAL_MS = 10 * 366 * UNIT_MS.day;
/** Clocks of clients are not ours: a check-in may come this much before its time, or a quarter of the period if that is less. */
const MAX_EARLY_MS = 60_000;

/** A schedule that says when to run next; undefined for any other. Source: https://develop.sentry.dev/sdk/telemetry/check-ins/ */
export function tryReadSchedule(schedule: MonitorSchedule): MonitorSchedule | undefined {
  const { kind, timezone } = schedule;
  if (timezone !== null && !isTimeZone(timezone)) return undefined;
  if (kind === "crontab") {
    const crontab = tryParseCrontab(schedule.value);
    return crontab === undefined || nextCronRun(crontab, timezone, 0) === null ? undefined : schedule;
  }
  const next = addInterval(schedule, 0);
  return next === null || next > MAX_INTERVAL_MS ? undefined : schedule;
}

/** When the next run is expected, something having been heard at `at`, and expected at `expectedAt` before. */
export function expectRun(schedule: MonitorSchedule, at: number, expectedAt: number | null): number | null {
  if (schedule.kind === "interval") return addInterval(schedule, at);
  const next = runAfter(schedule, at);
  if (next === null || next !== expectedAt) return next;
  const second = runAfter(schedule, next);
  if (second === null) return next;
  return next - at <= Math.min(MAX_EARLY_MS, (second - next) / 4) ? second : next;
}

/** The first run after `missedAt` that can still come in time at `at`. */
export function expectAfterMissed(
  schedule: MonitorSchedule,
  missedAt: number,
  marginMs: number,
  at: number,
): number | null {
  const next = runAfter(schedule, missedAt);
  if (next === null || next + marginMs > at) return next;
  return runAfter(schedule, schedule.kind === "crontab" ? at - marginMs : at);
}

function runAfter(schedule: MonitorSchedule, at: number): number | null {
  if (schedule.kind === "interval") return addInterval(schedule, at);
  const crontab = tryParseCrontab(schedule.value);
  return crontab === undefined ? null : nextCronRun(crontab, schedule.timezone, at);
}

function addInterval({ value, unit }: MonitorSchedule, at: number): number | null {
  const count = /^\d{1,7}$/.test(value) ? Number(value) : 0;
  if (count < 1 || unit === null) return null;
  if (Object.hasOwn(UNIT_MS, unit)) return at + count * UNIT_MS[unit as keyof typeof UNIT_MS];
  if (!Object.hasOwn(UNIT_MONTHS, unit)) return null;
  const date = new Date(at);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + count * UNIT_MONTHS[unit as keyof typeof UNIT_MONTHS]);
  // From the 31st on, a shorter month has its last day.
  if (date.getUTCDate() !== day) date.setUTCDate(0);
  const time = date.getTime();
  return Number.isNaN(time) ? null : time;
}
