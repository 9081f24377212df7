import { expect, test } from "vitest";
import { tryFindBreak } from "./find-break.ts";
import { createRandom } from "./random-stand-in.ts";
import { ScoreCalibrator } from "./score-calibrator.ts";
import type { TopScores } from "./top-scores.ts";

const SIZE = 20_000;

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}

function topOf(draw: () => number, attacks: number, attack: () => number): TopScores {
  const scores = Float32Array.from({ length: SIZE }, (_, at) => (at < attacks ? attack() : draw())).sort();
  const highest = scores.subarray(SIZE * 0.6);
  return { scores: highest, weights: new Float32Array(highest.length).fill(1) };
}

test.each([40, 200, 500])("%d attacks among 20,000 scores do not bend the tail", (attacks) => {
  const random = createRandom(attacks);
  const top = topOf(
    () => normal(random),
    attacks,
    () => 8 + normal(random),
  );
  const found = tryFindBreak(top, SIZE, 0.08, 0.85)!;
  expect(found.share * found.law.survivalOf(8 - found.from)).toBeLessThan(1e-3);
  expect(found.share * found.law.survivalOf(3 - found.from)).toBeGreaterThan(1e-4);
});

test.each<[string, (random: () => number) => number]>([
  ["normal", normal],
  ["exponential", (random) => -Math.log(random())],
  ["uniform", (random) => random()],
  ["Pareto of shape 1/2", (random) => random() ** -0.5],
  ["rounded", (random) => Math.round(-3 * Math.log(random()))],
  ["all alike", () => 1],
])("a law that is %s has no break", (_, draw) => {
  let breaks = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const random = createRandom(seed);
    const top = topOf(
      () => draw(random),
      0,
      () => 0,
    );
    if (tryFindBreak(top, SIZE, 0.08, 0.85) !== undefined) breaks++;
  }
  expect(breaks).toBeLessThanOrEqual(1);
});

test("a stream that is attacked from its first event learns to see the attacks", () => {
  const random = createRandom(4);
  const [trimmed, plain] = [new ScoreCalibrator({ trim: 0.05 }), new ScoreCalibrator({ trim: 0 })];
  let [attacks, seen, seenPlainly, falseAlarms] = [0, 0, 0, 0];
  for (let at = 0; at < 20_000; at++) {
    const isAttack = random() < 0.01;
    const score = normal(random) + (isAttack ? 7 : 0);
    const isRare = trimmed.pValueOf(score) <= 1e-4;
    if (isAttack && at > 2000) {
      attacks++;
      if (isRare) seen++;
      if (plain.pValueOf(score) <= 1e-4) seenPlainly++;
    }
    if (isRare && !isAttack) falseAlarms++;
    trimmed.add(score);
    plain.add(score);
  }
  expect(seen / attacks).toBeGreaterThan(0.8);
  expect(seenPlainly / attacks).toBeLessThan(0.1);
  expect(falseAlarms).toBeLessThan(10);
});
