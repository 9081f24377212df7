import { createRandom } from "../../packages/detect/src/calibration/random-stand-in.ts";
import { AlarmGate, GATE_FLOATS, GATE_NUMBERS } from "../../packages/detect/src/series/alarm-gate.ts";
import { SeriesMemory } from "../../packages/detect/src/series/series-memory.ts";
import { createSeriesDetector, PROFILE_LEVELS, type Profile } from "../../packages/detect/src/index.ts";
import { type BenchRow, median } from "../measure.ts";
import type { NabFile } from "./load-data.ts";
import { earnNabAt, NAB_PROFILES, probationOf, type ScoredFile, scoreNabAt, sweepNab } from "./nab-score.ts";

const UNIT = "of 100";
const CROSS_VALIDATIONS = 20;
/** Of −log10 p. */
const THRESHOLDS = Array.from({ length: 41 }, (_, step) => 1 + step / 20);

interface JudgedFile {
  file: NabFile;
  surprises: Float64Array;
  /** By profile, 1 where an alarm was raised. */
  alarms: Record<Profile, Float64Array>;
}

/**
 * The profile whose alarms are the benchmark's answer, chosen beforehand: by its rule a window that is missed costs as much as nine
 * false alarms. The detectors see a value and its time, never a file's length or range.
 */
const ANSWER: Profile = "sensitive";

export function measureNab(files: readonly NabFile[]): BenchRow[] {
  const judged = files.map(judge);
  const { standard } = NAB_PROFILES;
  const rows: BenchRow[] = [];
  const windows = files.reduce((sum, file) => sum + file.windows.length, 0);
  const push = (name: string, value: number, unit = UNIT): void =>
    void rows.push({ name: `NAB: ${name}`, value, unit });
  push("files", files.length, "");
  for (const profile of ["sensitive", "balanced", "strict"] as const) {
    const scored = judged.map(({ file, alarms }) => ({ file, scores: alarms[profile] }));
    const { windowsFound, falseAlarmPoints, score } = scoreNabAt(scored, 1, standard);
    const fixed = profile === ANSWER ? `all fixed beforehand (${profile})` : `alarms of ${profile}`;
    push(`${fixed}, standard`, score);
    if (profile === ANSWER) {
      push(`${fixed}, low FP`, scoreNabAt(scored, 1, NAB_PROFILES["low FP"]).score);
      push(`${fixed}, low FN`, scoreNabAt(scored, 1, NAB_PROFILES["low FN"]).score);
    }
    push(`windows found by ${profile}`, (100 * windowsFound) / windows, "%");
    push(`alarms of ${profile} outside of windows`, (10_000 * falseAlarmPoints) / countJudged(files), "in 10,000");
  }
  const curves = judged.map(drawCurve);
  push("threshold swept with the labels in view, standard", scoreOf(curves, bestStep(curves)));
  const halves = Array.from({ length: CROSS_VALIDATIONS }, (_, seed) => crossValidate(curves, seed));
  push(`threshold of one half of the files on the other, mean of ${CROSS_VALIDATIONS}`, mean(halves));
  push("the same, lowest", Math.min(...halves));
  push("the same, highest", Math.max(...halves));
  rows.push(...measureFloors(files));
  return rows;
}

function judge(file: NabFile): JudgedFile {
  const count = file.values.length;
  const intervalMs = median(Array.from(file.atMs.subarray(1), (atMs, index) => atMs - file.atMs[index]!));
  const surprises = new Float64Array(count);
  const alarms = {} as Record<Profile, Float64Array>;
  for (const profile of Object.keys(PROFILE_LEVELS) as Profile[]) {
    const detector = createSeriesDetector({ kind: "gauge", intervalMs, profile });
    alarms[profile] = new Float64Array(count);
    for (let index = 0; index < count; index++) {
      const verdict = detector.observe({ atMs: file.atMs[index]!, value: file.values[index]! });
      surprises[index] = -Math.log10(verdict.pValue);
      if (verdict.alarm) alarms[profile][index] = 1;
    }
  }
  return { file, surprises, alarms };
}

/** What a file's alarms would earn at each threshold, of `most`. */
interface Curve {
  earned: number[];
  most: number;
}

/** De-duplicated as the detector does it. */
function drawCurve({ file, surprises }: JudgedFile): Curve {
  let most = 0;
  const earned = THRESHOLDS.map((threshold) => {
    const gate = new AlarmGate(new SeriesMemory({ numbers: GATE_NUMBERS, floats: GATE_FLOATS, counts: 0 }));
    const scores = surprises.map((surprise, index) =>
      surprise >= threshold && gate.isRecord(surprise, file.atMs[index]!) ? 1 : 0,
    );
    const result = earnNabAt({ file, scores }, 1, NAB_PROFILES.standard);
    most = result.most;
    return result.earned;
  });
  return { earned, most };
}

function scoreOf(curves: readonly Curve[], step: number): number {
  const earned = curves.reduce((sum, curve) => sum + curve.earned[step]!, 0);
  return (100 * earned) / curves.reduce((sum, curve) => sum + curve.most, 0);
}

function bestStep(curves: readonly Curve[]): number {
  let best = 0;
  for (const step of THRESHOLDS.keys()) if (scoreOf(curves, step) > scoreOf(curves, best)) best = step;
  return best;
}

/** The threshold is chosen on each half of the files, and the other half scored with it. */
function crossValidate(curves: readonly Curve[], seed: number): number {
  const random = createRandom(seed + 1);
  const isFirst = curves.map(() => random() < 0.5);
  let earned = 0;
  for (const side of [true, false]) {
    const step = bestStep(curves.filter((_, index) => isFirst[index] !== side));
    for (const [index, curve] of curves.entries()) if (isFirst[index] === side) earned += curve.earned[step]!;
  }
  return (100 * earned) / curves.reduce((sum, curve) => sum + curve.most, 0);
}

/** What needs no detector: an alarm every so often, and the change from one point to the next. */
function measureFloors(files: readonly NabFile[]): BenchRow[] {
  const every = (stepOf: (file: NabFile) => number): ScoredFile[] =>
    files.map((file) => {
      const step = stepOf(file);
      return { file, scores: file.values.map((_, index) => (index % step === 0 ? 1 : 0)) };
    });
  const changes = files.map((file) => ({ file, scores: changesOf(file.values) }));
  const { standard } = NAB_PROFILES;
  const shares = scoreNabAt(
    every((file) => Math.round(file.values.length / 20)),
    1,
    standard,
  );
  const steps = scoreNabAt(
    every(() => 400),
    1,
    standard,
  );
  return [
    { name: "NAB: blind alarm every 5 % of a file", value: shares.score, unit: UNIT },
    { name: "NAB: blind alarm every 400 points", value: steps.score, unit: UNIT },
    { name: "NAB: change from point to point, swept", value: sweepNab(changes, standard).score, unit: UNIT },
  ];
}

export function changesOf(values: Float64Array): Float64Array {
  return values.map((value, index) => Math.abs(value - (values[index - 1] ?? value)));
}

function countJudged(files: readonly NabFile[]): number {
  let count = 0;
  for (const file of files) {
    count += file.values.length - probationOf(file);
    for (const [first, last] of file.windows) count -= last - Math.max(first, probationOf(file)) + 1;
  }
  return count;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
