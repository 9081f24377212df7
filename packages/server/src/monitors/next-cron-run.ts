import type { Crontab } from "./parse-crontab.ts";
import { zoneOffset } from "./zone-offset.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** The 29th of February may be eight years away. */
const MAX_DAYS = 366 * 8 + 2;

/**
 * When a crontab runs next after a time, by the clocks of a zone; null: never. Times that a change of clocks leaves out are
 * not expected on that day, since whether a job runs then differs from one scheduler to the other; times that come twice are
 * expected once, at the first.
 */
export function nextCronRun(crontab: Crontab, zone: string | null, after: number): number | null {
  const offsetOf = (time: number) => (zone === null ? 0 : zoneOffset(zone, time));
  const wall = after + offsetOf(after);
  // A day earlier, too: clocks may have been set back over midnight.
  let day = Math.floor(wall / DAY_MS) * DAY_MS - DAY_MS;
  for (let count = 0; count < MAX_DAYS; count++, day += DAY_MS) {
    if (!runsOn(crontab, new Date(day))) continue;
    const [before, later] = [offsetOf(day - DAY_MS), offsetOf(day + 2 * DAY_MS)];
    for (const hour of crontab.hours)
      for (const minute of crontab.minutes) {
        const time = toInstant(day + hour * HOUR_MS + minute * MINUTE_MS, before, later, offsetOf);
        if (time !== undefined && time > after) return time;
      }
  }
  return null;
}

function runsOn({ days, months, weekdays, eitherDay }: Crontab, date: Date): boolean {
  if (!months.has(date.getUTCMonth() + 1)) return false;
  const [byDay, byWeekday] = [days.has(date.getUTCDate()), weekdays.has(date.getUTCDay())];
  return eitherDay ? byDay || byWeekday : byDay && byWeekday;
}

/** The first moment at which clocks show a time; undefined when they never do. */
function toInstant(
  wall: number,
  before: number,
  later: number,
  offsetOf: (time: number) => number,
): number | undefined {
  if (before === later) return wall - before;
  return [wall - before, wall - later]
    .toSorted((one, other) => one - other)
    .find((time) => time + offsetOf(time) === wall);
}
