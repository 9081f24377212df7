import { describe, expect, it } from "vitest";
import type { MonitorSchedule } from "@gatewatch/protocol";
import { expectAfterMissed, expectRun, tryReadSchedule } from "./expect-run.ts";
import { nextCronRun } from "./next-cron-run.ts";
import { tryParseCrontab } from "./parse-crontab.ts";

const iso = (text: string) => Date.parse(text);
const crontab = (value: string, timezone: string | null = null): MonitorSchedule => ({
  kind: "crontab",
  value,
  unit: null,
  timezone,
});
const interval = (value: string, unit: string): MonitorSchedule => ({ kind: "interval", value, unit, timezone: null });

function runsOf(text: string, zone: string | null, from: string, count: number): string[] {
  const parsed = tryParseCrontab(text)!;
  const runs: string[] = [];
  let at = iso(from);
  for (let run = 0; run < count; run++) {
    at = nextCronRun(parsed, zone, at)!;
    runs.push(new Date(at).toISOString().slice(0, 16));
  }
  return runs;
}

describe("a crontab", () => {
  it.each([
    ["0 3 * * *", "2026-11-20T03:00Z", ["2026-11-21T03:00", "2026-11-22T03:00"]],
    ["*/20 8-9 * * mon-fri", "2026-11-20T09:30Z", ["2026-11-20T09:40", "2026-11-23T08:00", "2026-11-23T08:20"]],
    ["5/25 0 1 jan,JUL ?", "2026-02-01T00:00Z", ["2026-07-01T00:05", "2026-07-01T00:30", "2026-07-01T00:55"]],
    ["0 0 13 * 5", "2026-11-01T00:00Z", ["2026-11-06T00:00", "2026-11-13T00:00", "2026-11-20T00:00"]],
    ["0 0 */2 * 1", "2026-11-01T00:00Z", ["2026-11-09T00:00", "2026-11-23T00:00"]],
    ["0 0 * * 7", "2026-11-20T00:00Z", ["2026-11-22T00:00"]],
    ["0 0 29 2 *", "2096-03-01T00:00Z", ["2104-02-29T00:00"]],
    ["@hourly", "2026-11-20T23:30Z", ["2026-11-21T00:00", "2026-11-21T01:00"]],
  ])("%s after %s", (text, from, runs) => expect(runsOf(text, null, from, runs.length)).toEqual(runs));

  it.each([
    // Clocks go from 02:00 to 03:00 on 29 March 2026: what would run between is not expected on that day.
    ["30 2 * * *", "2026-03-28T00:00Z", ["2026-03-28T01:30", "2026-03-30T00:30"]],
    ["0,30 * * * *", "2026-03-29T00:10Z", ["2026-03-29T00:30", "2026-03-29T01:00", "2026-03-29T01:30"]],
    // And from 03:00 to 02:00 on 25 October: what runs twice is expected at the first.
    ["30 2 * * *", "2026-10-24T12:00Z", ["2026-10-25T00:30", "2026-10-26T01:30"]],
    ["0 4 * * *", "2026-10-24T12:00Z", ["2026-10-25T03:00", "2026-10-26T03:00"]],
  ])("%s in Berlin after %s", (text, from, runs) =>
    expect(runsOf(text, "Europe/Berlin", from, runs.length)).toEqual(runs),
  );

  it.each([
    ["30 0 * * *", "Pacific/Apia", "2026-11-20T11:00Z", ["2026-11-20T11:30"]],
    ["15 12 * * *", "Asia/Kathmandu", "2026-11-20T00:00Z", ["2026-11-20T06:30"]],
    ["0 20 * * *", "America/Los_Angeles", "2026-11-20T00:00Z", ["2026-11-20T04:00"]],
  ])("%s in %s", (text, zone, from, runs) => expect(runsOf(text, zone, from, runs.length)).toEqual(runs));

  it.each(["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "5-1 * * * *"])(
    "is not %j",
    (text) => expect(tryParseCrontab(text)).toBeUndefined(),
  );
  it.each(["*/0 * * * *", "a * * * *", "1,,2 * * * *", "* * * * mon#2", "@reboot", "-1 * * * *", "* * L * *"])(
    "is not %j",
    (text) => expect(tryParseCrontab(text)).toBeUndefined(),
  );
});

describe("a schedule", () => {
  it("is refused when it never comes, or its zone or unit is not known", () => {
    for (const schedule of [
      crontab("0 0 30 2 *"),
      crontab("0 0 * * *", "Mars/Olympus"),
      interval("0", "day"),
      interval("-1", "day"),
      interval("5", "fortnight"),
      interval("99999", "year"),
      interval("1", "toString"),
    ])
      expect([schedule.value, tryReadSchedule(schedule)]).toEqual([schedule.value, undefined]);
    expect(tryReadSchedule(crontab("0 0 * * *", "Europe/Berlin"))).toBeDefined();
    expect(tryReadSchedule(interval("2", "year"))).toBeDefined();
  });

  it.each([
    ["10", "minute", "2026-11-20T12:10:00.000Z"],
    ["1", "week", "2026-11-27T12:00:00.000Z"],
    ["3", "month", "2027-02-20T12:00:00.000Z"],
    ["1", "year", "2027-11-20T12:00:00.000Z"],
  ])("of every %s %s expects the next one", (value, unit, next) => {
    const at = iso("2026-11-20T12:00Z");
    expect(new Date(expectRun(interval(value, unit), at, null)!).toISOString()).toBe(next);
  });

  it("of months ends with a shorter month", () => {
    const next = expectRun(interval("1", "month"), iso("2026-01-31T00:00Z"), null);
    expect(new Date(next!).toISOString()).toBe("2026-02-28T00:00:00.000Z");
  });

  it("takes a check-in shortly before its time for that run", () => {
    const daily = crontab("0 3 * * *");
    const [today, tomorrow] = [iso("2026-11-20T03:00Z"), iso("2026-11-21T03:00Z")];
    expect(expectRun(daily, today - 10_000, today)).toBe(tomorrow);
    expect(expectRun(daily, today - 10_000, null)).toBe(today);
    expect(expectRun(daily, today - 120_000, today)).toBe(today);
    expect(expectRun(daily, today + 10_000, today)).toBe(tomorrow);
    const minutely = crontab("* * * * *");
    expect(expectRun(minutely, today - 10_000, today)).toBe(today + 60_000);
    expect(expectRun(minutely, today - 30_000, today)).toBe(today);
  });

  it("expects after a miss the first run that can still come in time", () => {
    const at = iso("2026-11-20T12:00Z");
    expect(expectAfterMissed(crontab("*/5 * * * *"), at - 360_000, 60_000, at)).toBe(at);
    expect(expectAfterMissed(crontab("*/5 * * * *"), at - 86_400_000, 60_000, at)).toBe(at);
    expect(expectAfterMissed(interval("5", "minute"), at - 360_000, 300_000, at)).toBe(at - 60_000);
    expect(expectAfterMissed(interval("5", "minute"), at - 86_400_000, 60_000, at)).toBe(at + 300_000);
  });
});
