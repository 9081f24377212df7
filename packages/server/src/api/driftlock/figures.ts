import type { CompressionFigures } from "@gatewatch/protocol";

/** What the figures of an anomaly are made of. */
export interface Evidence {
  pValue: number;
  level: number;
  why: string;
  compression: CompressionFigures | null;
  /** Mark that the distance is shown beside. */
  ncdMark: number;
}

/** Below this an entropy is no divisor. */
const LEAST_ENTROPY = 0.001;

/** Figures by the names that clients of every age look for; null where there is nothing to measure yet. */
export type Metrics = Record<string, number | boolean | string | null>;

/**
 * The engine's p-value in its fields, and the compression figures as they are measured. `confidence` is 1 − p.
 * @param pascalCase adds the names that the first servers wrote: `NCD`, `PValue` and kin
 */
export function makeMetrics({ pValue, level, why, compression, ncdMark }: Evidence, pascalCase: boolean): Metrics {
  const confidence = 1 - pValue;
  const isSignificant = pValue <= level;
  const changes = compression === null ? NO_CHANGES : changesOf(compression);
  const stability = compression === null ? null : measureStability(changes, confidence);
  const metrics: Metrics = {
    ncd: compression?.ncd ?? null,
    p_value: pValue,
    confidence,
    confidence_level: confidence,
    is_anomaly: true,
    is_statistically_significant: isSignificant,
    compression_ratio: compression?.windowRatio ?? null,
    baseline_compression_ratio: compression?.baselineRatio ?? null,
    window_compression_ratio: compression?.windowRatio ?? null,
    baseline_entropy: compression?.baselineEntropy ?? null,
    window_entropy: compression?.windowEntropy ?? null,
    ...changes,
    explanation: why,
    data_stability_score: stability,
    recommended_ncd_threshold: stability === null ? null : clamp(ncdMark + (0.5 - stability) * 0.2, 0.1, 0.8),
    ncd_exceeds_threshold: compression === null ? null : compression.ncd >= ncdMark,
    significance_level: level,
    decided_by: "p_value",
  };
  return pascalCase ? { ...metrics, ...toPascalCase(metrics) } : metrics;
}

interface Changes extends Metrics {
  compression_ratio_change: number | null;
  entropy_change: number | null;
}

const NO_CHANGES: Changes = { compression_ratio_change: null, entropy_change: null };

function changesOf({ baselineRatio, windowRatio, baselineEntropy, windowEntropy }: CompressionFigures): Changes {
  return {
    compression_ratio_change: (windowRatio - baselineRatio) / baselineRatio,
    entropy_change: (windowEntropy - baselineEntropy) / Math.max(baselineEntropy, LEAST_ENTROPY),
  };
}

function measureStability({ entropy_change: entropy, compression_ratio_change: ratio }: Changes, confidence: number) {
  const bounded = (change: number | null): number => Math.min(Math.abs(change ?? 0), 1);
  return clamp(1 - (0.4 * bounded(entropy) + 0.4 * bounded(ratio) + 0.2 * (1 - confidence)), 0, 1);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Words that are written in capitals. */
const INITIALS: ReadonlySet<string> = new Set(["ncd"]);

function toPascalCase(metrics: Metrics): Metrics {
  const spell = (name: string): string =>
    name
      .split("_")
      .map((word) => (INITIALS.has(word) ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1)))
      .join("");
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [spell(name), value]));
}
