import { expect, test } from "vitest";
import { createRandom } from "../calibration/random-stand-in.ts";
import { RECENT_FLOATS, RECENT_NUMBERS, RecentValues } from "./recent-values.ts";
import { SEASON_FLOATS, SEASON_NUMBERS, SeasonFinder } from "./season-finder.ts";
import { SeriesMemory } from "./series-memory.ts";

function findSeason(points: number, valueAt: (index: number, random: () => number) => number): number {
  const memory = new SeriesMemory({
    numbers: RECENT_NUMBERS + SEASON_NUMBERS,
    floats: RECENT_FLOATS + SEASON_FLOATS,
    counts: 0,
  });
  const recent = new RecentValues(memory);
  const finder = new SeasonFinder(memory);
  const random = createRandom(2);
  for (let index = 0; index < points; index++) {
    const value = valueAt(index, random);
    finder.add(value, recent, 0, 1);
    recent.add(value);
  }
  return finder.season;
}

test.each([12, 24, 60, 168, 288])(
  "a season of %i points is found under noise, to within a few hundredths",
  (season) => {
    const found = findSeason(
      10 * season + 1000,
      (index, random) => Math.sin((2 * Math.PI * index) / season) + random() - 0.5,
    );
    expect(Math.abs(found - season)).toBeLessThanOrEqual(Math.max(1, 0.03 * season));
  },
);

test("noise has no season, and neither has a constant", () => {
  expect(findSeason(4000, (_index, random) => random() - 0.5)).toBe(0);
  expect(findSeason(4000, () => 0)).toBe(0);
});
