import { expect, test } from "vitest";
import { SeriesMemory } from "./series-memory.ts";
import { PROFILE_NUMBERS, TimeProfile } from "./time-profile.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function createProfile(): TimeProfile {
  const profile = new TimeProfile(
    new SeriesMemory({ numbers: PROFILE_NUMBERS, floats: 24, counts: 0 }),
    24,
    DAY_MS,
    0.5,
  );
  profile.clear();
  return profile;
}

function learn(profile: TimeProfile, value: number, atMs: number): void {
  profile.add(value, atMs, profile.expectedAt(atMs));
}

test("a time that was never seen has no expectation", () => {
  const profile = createProfile();
  expect(profile.expectedAt(0)).toBeNaN();
  expect(profile.distanceOf(5, profile.expectedAt(0))).toBe(0);
});

test("an hour is expected to be as it was on the day before, and half an hour as between two", () => {
  const profile = createProfile();
  for (let hour = 0; hour < 24; hour++) learn(profile, 10 * hour, hour * HOUR_MS);
  expect(profile.expectedAt(DAY_MS + 3.5 * HOUR_MS)).toBe(30);
  expect(profile.expectedAt(DAY_MS + 4 * HOUR_MS)).toBe(35);
});

test("what an hour teaches is expected only once the hour is over", () => {
  const profile = createProfile();
  for (let day = 0; day < 2; day++)
    for (let minute = 0; minute < 1440; minute += 10) learn(profile, 20, day * DAY_MS + minute * 60_000);
  for (let minute = 0; minute < 60; minute += 10) {
    const atMs = 2 * DAY_MS + 5 * HOUR_MS + minute * 60_000;
    expect(profile.expectedAt(atMs)).toBeCloseTo(20);
    learn(profile, 90, atMs);
  }
});

test("times before 1970 are times of a day as well", () => {
  const profile = createProfile();
  for (let hour = 0; hour < 48; hour++) learn(profile, hour % 24, (hour - 48) * HOUR_MS);
  expect(profile.expectedAt(-DAY_MS + 7.5 * HOUR_MS)).toBe(7);
});
