/** Volume under the precision–recall surface as TSB-AD computes it (Paparrizos and others, VLDB 2022). */

const THRESHOLDS = 250;

/** The lag of the highest local maximum of the autocorrelation, 3 to 300, else 125: the widest tolerance of the surface. */
export function findPeriod(values: ArrayLike<number>): number {
  const count = Math.min(20_000, values.length);
  const lags = Math.min(400, count - 1);
  let mean = 0;
  for (let index = 0; index < count; index++) mean += values[index]! / count;
  const correlation = new Float64Array(lags + 1);
  for (let lag = 3; lag <= lags; lag++) {
    let sum = 0;
    for (let index = 0; index + lag < count; index++) sum += (values[index]! - mean) * (values[index + lag]! - mean);
    correlation[lag] = sum;
  }
  let best = -1;
  for (let lag = 4; lag < lags; lag++) {
    const isPeak = correlation[lag]! > correlation[lag - 1]! && correlation[lag]! > correlation[lag + 1]!;
    if (isPeak && (best < 0 || correlation[lag]! > correlation[best]!)) best = lag;
  }
  return best < 6 || best > 303 ? 125 : best;
}

type Segment = readonly [first: number, last: number];

function findSegments(labels: ArrayLike<number>): Segment[] {
  const segments: Segment[] = [];
  let first = -1;
  for (let index = 0; index <= labels.length; index++) {
    const isOn = index < labels.length && labels[index] === 1;
    if (isOn && first < 0) first = index;
    if (!isOn && first >= 0) {
      segments.push([first, index - 1]);
      first = -1;
    }
  }
  return segments;
}

/** Widens by half a window and joins what then touches. */
function widen(segments: readonly Segment[], half: number, count: number): Segment[] {
  const wide: Segment[] = [];
  let first = Math.max(segments[0]![0] - half, 0);
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (next === undefined) wide.push([first, Math.min(segment[1] + half, count - 1)]);
    else if (segment[1] + half < next[0] - half) {
      wide.push([first, segment[1] + half]);
      first = next[0] - half;
    }
  }
  return wide;
}

/** For each point the first of the descending thresholds that it reaches. */
function rankByThreshold(scores: ArrayLike<number>): Uint16Array {
  const clean = Float64Array.from(scores, (score) => (Number.isFinite(score) ? score : 0));
  const sorted = clean.toSorted().toReversed();
  const thresholds = Float64Array.from(
    { length: THRESHOLDS },
    (_, step) => sorted[Math.trunc(((clean.length - 1) * step) / (THRESHOLDS - 1))]!,
  );
  return Uint16Array.from(clean, (score) => {
    let low = 0;
    let high = THRESHOLDS - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (score >= thresholds[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}

/** From 0 to 1, or NaN without any labelled point. */
export function measureVusPr(scores: ArrayLike<number>, labels: ArrayLike<number>, widest: number): number {
  const segments = findSegments(labels);
  if (segments.length === 0) return Number.NaN;
  const count = scores.length;
  const rank = rankByThreshold(scores);
  const flagged = new Float64Array(THRESHOLDS);
  const hits = new Float64Array(THRESHOLDS);
  for (let index = 0; index < count; index++) {
    flagged[rank[index]!]!++;
    if (labels[index] === 1) hits[rank[index]!]!++;
  }
  let positives = 0;
  for (let step = 0; step < THRESHOLDS; step++) {
    positives += hits[step]!;
    if (step > 0) {
      flagged[step]! += flagged[step - 1]!;
      hits[step]! += hits[step - 1]!;
    }
  }
  const nearness = new Float64Array(count);
  let volume = 0;
  for (let window = 0; window <= widest; window++) {
    const half = window >> 1;
    const near = weighNear({ segments, labels, rank, nearness, window, count });
    const found = findFirstHits(widen(segments, half, count), rank);
    let nearHits = 0;
    let segmentsFound = 0;
    let recallBefore = 0;
    for (let step = 0; step < THRESHOLDS; step++) {
      nearHits += near[step]!;
      segmentsFound += found.at[step]!;
      const truePositives = hits[step]! + nearHits;
      const allPositives = (positives + positives + nearHits) / 2;
      const recall = Math.min(truePositives / allPositives, 1) * (segmentsFound / found.count);
      volume += ((recall - recallBefore) * truePositives) / flagged[step]!;
      recallBefore = recall;
    }
  }
  return volume / (widest + 1);
}

interface Near {
  segments: readonly Segment[];
  labels: ArrayLike<number>;
  rank: Uint16Array;
  /** All zero before and after. */
  nearness: Float64Array;
  window: number;
  count: number;
}

/** Points beside a segment count in part, the less the further away. */
function weighNear({ segments, labels, rank, nearness, window, count }: Near): Float64Array {
  const half = window >> 1;
  const touched: number[] = [];
  const touch = (index: number, distance: number): void => {
    if (labels[index] === 1) return;
    if (nearness[index] === 0) touched.push(index);
    nearness[index]! += Math.sqrt(1 - distance / window);
  };
  for (const [first, last] of segments) {
    for (let index = last + 1; index < Math.min(last + half + 1, count); index++) touch(index, index - last);
    for (let index = Math.max(first - half, 0); index < first; index++) touch(index, first - index);
  }
  const near = new Float64Array(THRESHOLDS);
  for (const index of touched) {
    near[rank[index]!]! += Math.min(1, nearness[index]!);
    nearness[index] = 0;
  }
  return near;
}

function findFirstHits(segments: readonly Segment[], rank: Uint16Array): { at: Float64Array; count: number } {
  const at = new Float64Array(THRESHOLDS);
  for (const [first, last] of segments) {
    let lowest = THRESHOLDS;
    for (let index = first; index <= last; index++) lowest = Math.min(lowest, rank[index]!);
    if (lowest < THRESHOLDS) at[lowest]!++;
  }
  return { at, count: segments.length };
}
