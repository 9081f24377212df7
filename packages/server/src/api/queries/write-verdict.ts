import type { OverviewAnswer, SeriesAnswer } from "@gatewatch/protocol";

/** What the sentence is made of. */
export interface VerdictFacts {
  series: SeriesAnswer;
  /** The same span one span earlier, and the same hours a day earlier: what is usual. */
  usual: { requests: number; errors: number }[];
  openNew: number;
  openRegressed: number;
  hasData: boolean;
}

export interface Trouble {
  /** Start of the stretch of buckets that is worse than usual. */
  since: number;
  rate: number;
  /** Times the usual rate; null when there is no usual. */
  factor: number | null;
}

type Verdict = OverviewAnswer["verdict"];

const RECENT_MS = 5 * 60_000;
const WARN_RATE = 0.01;
const BAD_RATE = 0.05;
const MIN_ERRORS = 3;
const MIN_FACTOR = 2;

/** Whether the newest minutes fail more than usual, and since when; null when they do not. */
export function findTrouble(series: SeriesAnswer, usual: VerdictFacts["usual"]): Trouble | null {
  const recent = sumFrom(series, series.to - Math.max(RECENT_MS, series.stepMs * 2));
  if (recent.errors < MIN_ERRORS) return null;
  const rate = recent.errors / recent.requests;
  // The least of what is usual, so that trouble which lasted all of the span before is still called trouble.
  const baselines = usual.filter((span) => span.requests > 0).map((span) => span.errors / span.requests);
  const baseline = baselines.length === 0 ? null : Math.min(...baselines);
  const factor = baseline === null || baseline === 0 ? null : rate / baseline;
  if (rate < WARN_RATE || (factor !== null && factor < MIN_FACTOR)) return null;
  return { since: findStart(series, Math.max(rate / 2, baseline ?? 0)), rate, factor };
}

/** One sentence: is anything wrong now, since when, and where. */
export function writeVerdict(
  facts: VerdictFacts,
  trouble: Trouble | null,
  worst: { route: string; share: number } | null,
): Verdict {
  if (!facts.hasData) return { level: "quiet", text: "No requests have arrived yet." };
  const open = describeOpen(facts.openNew, facts.openRegressed);
  if (trouble) {
    const times = trouble.factor === null ? "" : `, ${formatFactor(trouble.factor)} normal`;
    const where = worst && worst.share >= 0.3 ? `; ${Math.round(worst.share * 100)} % on \`${worst.route}\`` : "";
    const text = `Error rate ${formatPercent(trouble.rate)}${times} since ${formatTime(trouble.since)}${where}${open}.`;
    return { level: trouble.rate >= BAD_RATE ? "bad" : "warn", text };
  }
  const total = sumFrom(facts.series, facts.series.from);
  if (total.requests === 0) return { level: "quiet", text: `No requests in this time${open}.` };
  const level = facts.openRegressed > 0 ? "warn" : "ok";
  const requests = `${total.requests} ${total.requests === 1 ? "request" : "requests"}`;
  if (total.errors === 0) return { level, text: `Nothing unusual: no server errors over ${requests}${open}.` };
  const rate = total.errors / total.requests;
  if (total.errors < MIN_ERRORS && rate >= WARN_RATE) {
    return { level: "warn", text: `${total.errors} of ${requests} failed, too few to judge${open}.` };
  }
  return { level, text: `Nothing unusual: error rate ${formatPercent(rate)} over ${requests}${open}.` };
}

/** Requests and server errors of the buckets that begin at `from` or later, the one around it included. */
export function sumFrom(series: SeriesAnswer, from: number): { requests: number; errors: number } {
  let requests = 0;
  let errors = 0;
  for (let at = series.time.length - 1; at >= 0 && series.time[at]! + series.stepMs > from; at--) {
    requests += series.requests[at]!;
    errors += series.errors[at]!;
  }
  return { requests, errors };
}

function findStart(series: SeriesAnswer, threshold: number): number {
  let start = series.time.at(-1)!;
  let calm = 0;
  // Two calm buckets end the stretch; a single one may be chance. Empty buckets say nothing.
  for (let at = series.time.length - 1; at >= 0 && calm < 2; at--) {
    const requests = series.requests[at]!;
    if (requests === 0) continue;
    if (series.errors[at]! / requests >= threshold) {
      start = series.time[at]!;
      calm = 0;
    } else {
      calm += 1;
    }
  }
  return start;
}

function describeOpen(fresh: number, regressed: number): string {
  const parts: string[] = [];
  if (fresh > 0) parts.push(`${fresh} new ${fresh === 1 ? "issue" : "issues"}`);
  if (regressed > 0) parts.push(`${regressed} regressed`);
  return parts.length === 0 ? "" : `; ${parts.join(", ")}`;
}

function formatPercent(rate: number): string {
  const percent = rate * 100;
  return `${percent >= 10 ? Math.round(percent) : percent.toFixed(1)} %`;
}

function formatFactor(factor: number): string {
  return factor >= 100 ? "over 100×" : `${factor >= 10 ? Math.round(factor) : factor.toFixed(1)}×`;
}

function formatTime(time: number): string {
  return `${new Date(time).toISOString().slice(11, 16)} UTC`;
}
