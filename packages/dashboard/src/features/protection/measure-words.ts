import type { AnomalyFeedback, AnomalyRow, Measure } from "@gatewatch/protocol";
import type { Tone } from "../../components/badge.tsx";
import { formatCount, formatDuration, formatShare } from "../../lib/format.ts";

const MEASURES: Record<Measure, { name: string; short: string; format: (value: number) => string }> = {
  requests: { name: "requests a minute", short: "requests", format: (value) => formatCount(Math.round(value)) },
  errorRate: { name: "error rate", short: "errors", format: formatShare },
  p50: { name: "response time, p50", short: "p50", format: formatDuration },
  p95: { name: "response time, p95", short: "p95", format: formatDuration },
  p99: { name: "response time, p99", short: "p99", format: formatDuration },
};

export function nameMeasure(measure: Measure | null): string {
  return measure === null ? "events" : MEASURES[measure].name;
}

/** Where there is little room. */
export function shortenMeasure(measure: Measure | null): string {
  return measure === null ? "events" : MEASURES[measure].short;
}

export function formatMeasure(measure: Measure | null, value: number): string {
  return measure === null ? formatCount(value) : MEASURES[measure].format(value);
}

/** What is watched: a route, the whole project, or a stream of events. */
export function nameSubject({ kind, stream }: Pick<AnomalyRow, "kind" | "stream">): string {
  return kind === "series" && stream === "" ? "All routes" : stream;
}

export const FEEDBACK_WORDS: Record<
  AnomalyFeedback,
  { name: string; tone: Tone; done: string; hint: string; key: string }
> = {
  confirmed: {
    name: "Confirm",
    tone: "violet",
    done: "Confirmed",
    hint: "It was real: its like is never learned as normal",
    key: "c",
  },
  false_positive: {
    name: "False alarm",
    tone: "muted",
    done: "False alarm",
    hint: "It was normal: the detector learns it at once",
    key: "f",
  },
  dismissed: {
    name: "Dismiss",
    tone: "muted",
    done: "Dismissed",
    hint: "Neither: it only leaves the list of what is open",
    key: "d",
  },
};

/** A probability as people say it: `1 in 12,000`. */
export function formatOdds(pValue: number): string {
  if (pValue >= 0.5) return "usual";
  return `1 in ${formatCount(Math.round(1 / Math.max(pValue, 1e-12)))}`;
}
