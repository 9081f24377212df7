import type { RecentValues } from "./recent-values.ts";

const LONG = 20;
const SHORT = 6;
/** Shapes that are compared: those that ended at the last so many points. */
const COMPARED = 300;
/** Of those longer ago every second one is enough. */
const DENSE = 100;
const MIN_COMPARED = 3;

/**
 * How far the last 20 and the last 6 values are from the third nearest of the shapes before them, as the root of the mean squared
 * difference; 0 while there are too few. To be called once the newest value is among the recent ones.
 */
export function distancesToShapes(recent: RecentValues): { long: number; short: number } {
  const { seen, values, newest } = recent;
  const compared = Math.min(COMPARED, seen - LONG);
  if (compared < MIN_COMPARED) return { long: 0, short: 0 };
  // The newest six stand in variables, and a shape is given up as soon as it cannot be among the nearest: this is the dearest loop of all.
  const a = values[newest]!;
  const b = values[newest - 1]!;
  const c = values[newest - 2]!;
  const d = values[newest - 3]!;
  const e = values[newest - 4]!;
  const f = values[newest - 5]!;
  let first = Infinity;
  let second = Infinity;
  let third = Infinity;
  let firstShort = Infinity;
  let secondShort = Infinity;
  let thirdShort = Infinity;
  for (let end = newest - 1; end >= newest - compared; end -= end > newest - DENSE ? 1 : 2) {
    const ofA = a - values[end]!;
    const ofB = b - values[end - 1]!;
    const ofC = c - values[end - 2]!;
    let sum = ofA * ofA + ofB * ofB + ofC * ofC;
    if (sum >= third && sum >= thirdShort) continue;
    const ofD = d - values[end - 3]!;
    const ofE = e - values[end - 4]!;
    const ofF = f - values[end - 5]!;
    sum += ofD * ofD + ofE * ofE + ofF * ofF;
    if (sum < thirdShort) {
      if (sum < secondShort) {
        thirdShort = secondShort;
        if (sum < firstShort) {
          secondShort = firstShort;
          firstShort = sum;
        } else secondShort = sum;
      } else thirdShort = sum;
    }
    for (let lag = SHORT; lag < LONG && sum < third; lag += 2) {
      const difference = values[newest - lag]! - values[end - lag]!;
      const next = values[newest - lag - 1]! - values[end - lag - 1]!;
      sum += difference * difference + next * next;
    }
    if (sum < third) {
      if (sum < second) {
        third = second;
        if (sum < first) {
          second = first;
          first = sum;
        } else second = sum;
      } else third = sum;
    }
  }
  return { long: Math.sqrt(third / LONG), short: Math.sqrt(thirdShort / SHORT) };
}
