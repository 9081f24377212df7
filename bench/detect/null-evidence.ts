import { boundPValues, combinePValues } from "../../packages/detect/src/calibration/combine.ts";
import { DriftMartingale } from "../../packages/detect/src/calibration/martingale.ts";
import { ScoreCalibrator } from "../../packages/detect/src/calibration/score-calibrator.ts";
import { normalTail } from "../../packages/detect/src/laws/normal-law.ts";
import type { BenchRow } from "../measure.ts";
import { NULL_LAWS } from "./generators/null-laws.ts";
import { RandomSource } from "./generators/random-source.ts";

const EVENTS = 100_000;
const WARM_UP = 1000;
const VIEWS = 5;

/** What is built on p-values where nothing is anomalous: evidence of drift, and several p-values made one. */
export function measureEvidence(quick: boolean): BenchRow[] {
  const streams = quick ? 20 : 400;
  return [
    measureDrift("exact p-values", streams, (random) => () => random.next()),
    ...["exponential", "t with 3 degrees", "Poisson 4", "AR(1) 0.5"].map((law) =>
      measureDrift(`calibrated, ${law}`, Math.ceil(streams / 8), (random) => calibrate(NULL_LAWS[law]!(random))),
    ),
    ...measureCombining(quick ? 20_000 : 400_000),
  ];
}

/** By Ville's inequality at most 0.05. */
function measureDrift(name: string, streams: number, createStream: (random: RandomSource) => () => number): BenchRow {
  let reached = 0;
  for (let seed = 1; seed <= streams; seed++) {
    const next = createStream(new RandomSource(seed * 104_729));
    const martingale = new DriftMartingale();
    let highest = 0;
    for (let at = 0; at < EVENTS; at++) {
      martingale.observe(next());
      highest = Math.max(highest, martingale.value);
    }
    if (highest >= 20) reached++;
  }
  return { name: `drift of nothing reaches 20, ${name}`, value: reached / streams, unit: "of streams" };
}

function calibrate(next: () => number): () => number {
  const calibrator = new ScoreCalibrator();
  const pValueOfNext = (): number => {
    const score = next();
    const pValue = calibrator.pValueOf(score);
    calibrator.add(score);
    return pValue;
  };
  for (let at = 0; at < WARM_UP; at++) pValueOfNext();
  return pValueOfNext;
}

const COMBINATIONS: Readonly<Record<string, (pValues: number[]) => number>> = {
  "harmonic mean": combinePValues,
  Bonferroni: boundPValues,
  "Fisher's sum": combineAsIndependent,
};

/** As if p-values were independent of each other. */
function combineAsIndependent(pValues: number[]): number {
  const nats = -pValues.reduce((sum, pValue) => sum + Math.log(pValue), 0);
  let [sum, term] = [0, 1];
  for (let at = 1; at <= pValues.length; at++) {
    sum += term;
    term *= nats / at;
  }
  return sum * Math.exp(-nats);
}

/** Five p-values of normal variables with a common part: the worst ratio at 1e-3 over correlations, and what is found at 1e-3. */
function measureCombining(draws: number): BenchRow[] {
  const random = new RandomSource(3);
  const draw = (correlation: number, shifts: readonly number[]): number[] => {
    const shared = Math.sqrt(correlation) * random.normal();
    return Array.from({ length: VIEWS }, (_, view) =>
      normalTail(shared + Math.sqrt(1 - correlation) * random.normal() + (shifts[view] ?? 0)),
    );
  };
  const share = (
    combine: (pValues: number[]) => number,
    count: number,
    correlation: number,
    shifts: number[],
  ): number => {
    let hits = 0;
    for (let at = 0; at < count; at++) if (combine(draw(correlation, shifts)) <= 1e-3) hits++;
    return hits / count;
  };
  return Object.entries(COMBINATIONS).flatMap(([name, combine]) => [
    {
      name: `five p-values as one, ${name}: worst of correlations, 1e-3`,
      value: Math.max(...[0, 0.5, 0.9].map((correlation) => share(combine, draws, correlation, []) / 1e-3)),
      unit: "× nominal",
    },
    {
      name: `five p-values as one, ${name}: found, one by 4`,
      value: share(combine, draws / 10, 0.5, [4]),
      unit: "of anomalies",
    },
    {
      name: `five p-values as one, ${name}: found, two by 3`,
      value: share(combine, draws / 10, 0.5, [3, 3]),
      unit: "of anomalies",
    },
  ]);
}
