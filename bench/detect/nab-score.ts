import type { NabFile } from "./load-data.ts";

/**
 * The scoring rule of the Numenta Anomaly Benchmark 1.1: an early alarm inside a window earns up to 1, a missed window costs `miss`,
 * an alarm outside costs up to `falseAlarm`; 0 is a detector that is silent, 100 one that is perfect.
 */
export interface NabProfile {
  miss: number;
  falseAlarm: number;
}

export const NAB_PROFILES = {
  standard: { miss: 1, falseAlarm: 0.11 },
  "low FP": { miss: 1, falseAlarm: 0.22 },
  "low FN": { miss: 2, falseAlarm: 0.11 },
} as const satisfies Record<string, NabProfile>;

export interface NabResult {
  score: number;
  threshold: number;
  windowsFound: number;
  falseAlarmPoints: number;
}

/** One score per point of one file; an alarm is a score of at least the threshold. */
export interface ScoredFile {
  file: NabFile;
  scores: ArrayLike<number>;
}

interface Gains {
  /** What an alarm at each point is worth. */
  gain: Float64Array;
  /** The window of each point, or −1. */
  windowOf: Int32Array;
}

/** Nothing counts in the first 15 % of a file, at most 750 points. */
export function probationOf(file: NabFile): number {
  return Math.min(Math.floor(0.15 * file.values.length), 750);
}

const BEST = sigmoidGain(-1);

function sigmoidGain(position: number): number {
  return position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}

function gainsOf(file: NabFile, { falseAlarm }: NabProfile): Gains {
  const count = file.values.length;
  const gain = new Float64Array(count);
  const windowOf = new Int32Array(count).fill(-1);
  let next = 0;
  let before: readonly [number, number] | undefined;
  for (let index = 0; index < count; index++) {
    while (next < file.windows.length && index > file.windows[next]![1]) before = file.windows[next++];
    const window = file.windows[next];
    if (window !== undefined && index >= window[0]) {
      gain[index] = sigmoidGain(-(window[1] - index + 1) / (window[1] - window[0] + 1)) / BEST;
      windowOf[index] = next;
    } else {
      const past = before === undefined ? Infinity : (index - before[1]) / (before[1] - before[0]);
      gain[index] = sigmoidGain(past) * falseAlarm;
    }
  }
  return { gain, windowOf };
}

interface Candidate {
  score: number;
  gain: number;
  /** Position in the list of all windows, or −1. */
  window: number;
}

function collect(scored: readonly ScoredFile[], profile: NabProfile): { candidates: Candidate[]; windows: number } {
  const candidates: Candidate[] = [];
  let windows = 0;
  for (const { file, scores } of scored) {
    const { gain, windowOf } = gainsOf(file, profile);
    const positions = new Map<number, number>();
    for (let index = probationOf(file); index < gain.length; index++) {
      let window = -1;
      if (windowOf[index]! >= 0) {
        window = positions.get(windowOf[index]!) ?? windows++;
        positions.set(windowOf[index]!, window);
      }
      candidates.push({ score: scores[index]!, gain: gain[index]!, window });
    }
  }
  return { candidates, windows };
}

/** The score with a threshold that was fixed beforehand. */
export function scoreNabAt(scored: readonly ScoredFile[], threshold: number, profile: NabProfile): NabResult {
  const { candidates, windows } = collect(scored, profile);
  const kept = candidates.filter(({ score }) => score >= threshold);
  return sweep(kept, windows, profile, threshold, true);
}

/** What one file's alarms earn over silence, of at most `most`; sums over files make a score. */
export function earnNabAt(
  scored: ScoredFile,
  threshold: number,
  profile: NabProfile,
): { earned: number; most: number } {
  const { candidates, windows } = collect([scored], profile);
  const most = windows * (1 + profile.miss);
  if (windows > 0) return { earned: (scoreNabAt([scored], threshold, profile).score * most) / 100, most };
  let earned = 0;
  for (const { score, gain } of candidates) if (score >= threshold) earned += gain;
  return { earned, most };
}

/** The best score of any one threshold for all files: it is chosen with the labels in view. */
export function sweepNab(scored: readonly ScoredFile[], profile: NabProfile): NabResult {
  const { candidates, windows } = collect(scored, profile);
  return sweep(candidates, windows, profile, Infinity, false);
}

function sweep(
  candidates: Candidate[],
  windows: number,
  { miss }: NabProfile,
  threshold: number,
  toTheEnd: boolean,
): NabResult {
  const ordered = candidates.toSorted((a, b) => b.score - a.score);
  const worth = new Float64Array(windows).fill(-miss);
  const nothing = -miss * windows;
  let total = nothing;
  let windowsFound = 0;
  let falseAlarmPoints = 0;
  let best = { total, threshold, windowsFound, falseAlarmPoints };
  for (const [index, { score, gain, window }] of ordered.entries()) {
    if (window < 0) {
      total += gain;
      falseAlarmPoints++;
    } else if (gain > worth[window]!) {
      if (worth[window] === -miss) windowsFound++;
      total += gain - worth[window]!;
      worth[window] = gain;
    }
    const isStep = index + 1 === ordered.length || ordered[index + 1]!.score !== score;
    if (isStep && (total > best.total + 1e-12 || (toTheEnd && index + 1 === ordered.length))) {
      best = { total, threshold: toTheEnd ? threshold : score, windowsFound, falseAlarmPoints };
    }
  }
  return {
    score: (100 * (best.total - nothing)) / (windows - nothing),
    threshold: best.threshold,
    windowsFound: best.windowsFound,
    falseAlarmPoints: best.falseAlarmPoints,
  };
}
