import { describe, expect, it } from "vitest";
import type { MonitorRecord } from "../model/client-records.ts";
import { isDown } from "../model/is-down.ts";
import { excuse, hearCheckIn, passDueTime } from "./advance-monitor.ts";
import type { CheckIn, MonitorConfig } from "./read-check-in.ts";

const MINUTE = 60_000;
const NOON = Date.parse("2026-11-20T12:00Z");
const CONFIG: MonitorConfig = {
  schedule: { kind: "crontab", value: "0 * * * *", unit: null, timezone: null },
  marginMin: 5,
  maxRuntimeMin: 30,
  failureThreshold: 1,
  recoveryThreshold: 1,
};

/** A monitor, and what became of it. */
class Story {
  monitor: MonitorRecord | null = null;
  readonly told: string[] = [];

  hear(status: CheckIn["status"], minute: number, more: Partial<CheckIn> = {}): this {
    const checkIn = { slug: "nightly", environment: "live", id: null, durationS: null, config: CONFIG, ...more };
    return this.take(hearCheckIn(1, this.monitor, { ...checkIn, status, at: NOON + minute * MINUTE }));
  }

  pass(minute: number): this {
    return this.take(passDueTime(this.monitor!, NOON + minute * MINUTE));
  }

  private take({ monitor, failure, recovered }: ReturnType<typeof hearCheckIn>): this {
    this.monitor = monitor;
    if (failure !== null) this.told.push(failure);
    if (recovered) this.told.push("recovered");
    return this;
  }

  /** State, bad and good runs in a row, and the minutes of the next run and of when something is due. */
  get now(): unknown[] {
    const { state, failures, successes, expectedAt, dueAt } = this.monitor!;
    const minuteOf = (time: number | null) => (time === null ? null : (time - NOON) / MINUTE);
    return [state, failures, successes, minuteOf(expectedAt), minuteOf(dueAt)];
  }
}

describe("a monitor", () => {
  it("runs and ends well", () => {
    const story = new Story().hear("in_progress", 0, { id: "a" });
    expect(story.now).toEqual(["running", 0, 0, 60, 30]);
    expect(story.hear("ok", 7, { id: "a", durationS: 420 }).now).toEqual(["ok", 0, 1, 60, 65]);
    expect(story.monitor).toMatchObject({ lastDurationS: 420, lastCheckInAt: NOON + 7 * MINUTE });
    expect(story.told).toEqual([]);
  });

  it("tells of a failed, a missed and an overlong run, and of its recovery", () => {
    const story = new Story().hear("in_progress", 0, { id: "a" }).hear("error", 3, { id: "a" });
    expect(story.now).toEqual(["failed", 1, 0, 60, 65]);
    expect(story.pass(65).now).toEqual(["missed", 2, 0, 120, 125]);
    expect(story.hear("in_progress", 121, { id: "b" }).pass(151).now).toEqual(["overrun", 3, 0, 180, 185]);
    expect(story.hear("ok", 182).now).toEqual(["ok", 0, 1, 240, 245]);
    expect(story.told).toEqual(["failed", "missed", "overrun", "recovered"]);
  });

  it("is down after as many bad runs as its threshold says, and up after as many good ones", () => {
    const config = { ...CONFIG, failureThreshold: 3, recoveryThreshold: 2 };
    const story = new Story();
    for (const status of ["error", "error", "ok", "error", "error", "error", "error"] as const)
      story.hear(status, 0, { config });
    expect(story.told).toEqual(["failed", "failed"]);
    for (const status of ["ok", "error", "ok", "ok", "error"] as const) story.hear(status, 0, { config });
    expect(story.told).toEqual(["failed", "failed", "failed", "recovered"]);
    expect(isDown(story.monitor!)).toBe(false);
  });

  it("counts a repeated check-in once, and takes no begin after its end", () => {
    const story = new Story().hear("in_progress", 0, { id: "a" }).hear("in_progress", 1, { id: "a" });
    expect(story.now).toEqual(["running", 0, 0, 60, 30]);
    story.hear("error", 2, { id: "a" }).hear("error", 3, { id: "a" }).hear("in_progress", 4, { id: "a" });
    expect(story.now).toEqual(["failed", 1, 0, 60, 65]);
    expect(story.told).toEqual(["failed"]);
  });

  it("takes an end that comes after its overrun for the same run", () => {
    const begin = () => new Story().hear("in_progress", 0, { id: "a" }).pass(30);
    expect(begin().hear("ok", 40, { id: "a" }).told).toEqual(["overrun", "recovered"]);
    const failed = begin().hear("error", 40, { id: "a" });
    expect([failed.told, failed.now]).toEqual([["overrun"], ["failed", 1, 0, 60, 65]]);
  });

  it("takes a check-in without an id for the run under way", () => {
    const story = new Story().hear("in_progress", 0, { id: "a" }).hear("ok", 2);
    expect(story.now).toEqual(["ok", 0, 1, 60, 65]);
    expect(story.hear("ok", 3, { id: "a" }).now).toEqual(["ok", 0, 1, 60, 65]);
  });

  it("counts a run that ends while another is under way, and waits for that one", () => {
    const story = new Story().hear("in_progress", 0, { id: "a" }).hear("in_progress", 60, { id: "b" });
    expect(story.hear("error", 61, { id: "a" }).now).toEqual(["running", 1, 0, 120, 90]);
    expect(story.hear("ok", 62, { id: "b" }).now).toEqual(["ok", 0, 1, 120, 125]);
    expect(story.told).toEqual(["failed", "recovered"]);
  });

  it("misses nothing before it has a schedule, and keeps the one that it has", () => {
    const story = new Story().hear("in_progress", 0, { id: "a", config: null });
    expect(story.now).toEqual(["running", 0, 0, null, null]);
    expect(story.hear("ok", 1, { id: "a" }).now).toEqual(["ok", 0, 1, 60, 65]);
    expect(story.hear("ok", 61, { config: null }).now).toEqual(["ok", 0, 2, 120, 125]);
  });

  it("follows a changed configuration, and does not end what is going on by it", () => {
    const story = new Story().hear("error", 1);
    const config = {
      ...CONFIG,
      schedule: { ...CONFIG.schedule, value: "30 * * * *" },
      failureThreshold: 4,
      marginMin: 2,
    };
    story.hear("error", 2, { config });
    expect([isDown(story.monitor!), story.now]).toEqual([true, ["failed", 5, 0, 30, 32]]);
    expect(story.hear("ok", 31, { config }).told).toEqual(["failed", "failed", "recovered"]);
    // Fewer bad runs are enough now: the next one tells, not the change.
    const strict = new Story().hear("error", 1, { config }).hear("in_progress", 2, { id: "c" });
    expect(isDown(strict.monitor!)).toBe(false);
    expect(strict.hear("error", 3, { id: "c" }).told).toEqual(["failed"]);
  });

  it("counts each missed run once, and one for many that passed unseen", () => {
    const story = new Story().hear("ok", 1).pass(65).pass(125);
    expect(story.now).toEqual(["missed", 2, 0, 180, 185]);
    expect(story.pass(600).now).toEqual(["missed", 3, 0, 600, 605]);
  });

  it("is given up when nothing was heard for a month", () => {
    const story = new Story()
      .hear("ok", 1)
      .pass(65)
      .pass(31 * 1440);
    expect([story.now, story.told]).toEqual([["missed", 1, 0, null, null], ["missed"]]);
    expect(story.hear("ok", 32 * 1440).told).toEqual(["missed", "recovered"]);
  });

  it("is excused for what nobody can know", () => {
    const idle = new Story().hear("ok", 1);
    idle.monitor = excuse(idle.monitor!, NOON + 130 * MINUTE);
    expect(idle.now).toEqual(["ok", 0, 1, 180, 185]);
    const running = new Story().hear("in_progress", 0, { id: "a" });
    running.monitor = excuse(running.monitor!, NOON + 40 * MINUTE);
    expect(running.now).toEqual(["ok", 0, 0, 60, 65]);
    expect(running.hear("error", 41, { id: "a" }).told).toEqual(["failed"]);
  });
});
