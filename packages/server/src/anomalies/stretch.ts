import type { SeriesVerdict } from "@gatewatch/detect";
import type { AnomalyFinding, AnomalyRow, Measure } from "@gatewatch/protocol";
import type { AnomalyRecord, Subject } from "../model/anomaly.ts";
import { describePoint } from "./describe-point.ts";
import { MINUTE_MS } from "./measure-minute.ts";
import type { PointWindow } from "./point-window.ts";

/** So many points inside of the band end a stretch: one good minute in an outage is no end of it. */
const QUIET_POINTS = 3;
/** What is shown before a stretch, and of it. */
const BEFORE_MS = 60 * MINUTE_MS;
const MAX_POINTS = 180;
const MAX_FINDINGS = 8;
/** Of a stretch that lasts people are told at these points too, if they were not at its beginning. */
const ASK_AGAIN = new Set([5, 15]);

export interface FlaggedPoint {
  atMs: number;
  value: number;
  verdict: SeriesVerdict;
  window: PointWindow;
}

/** Points of one series out of their band, one after the other: one record. */
export class Stretch {
  readonly record: AnomalyRecord;
  /** Points inside of the band since the last one outside. */
  quiet = 0;
  #lastFlaggedAt: number;

  private constructor(record: AnomalyRecord, lastFlaggedAt: number) {
    this.record = record;
    this.#lastFlaggedAt = lastFlaggedAt;
  }

  static open(subject: Subject & { measure: Measure }, level: number, point: FlaggedPoint): Stretch {
    const { atMs, value, verdict, window } = point;
    const record: AnomalyRecord = {
      ...subject,
      id: 0,
      startedAt: atMs,
      endedAt: null,
      pValue: verdict.pValue,
      level,
      score: boundScore(verdict.score),
      count: 1,
      why: describePoint(subject.measure, value, verdict.expected),
      feedback: null,
      told: false,
      findings: toFindings(verdict),
      event: null,
      normal: null,
      series: window.since(atMs - BEFORE_MS),
      discovery: { target: 0, level: 0, tested: 0, told: 0 },
      compression: null,
    };
    return new Stretch(record, atMs);
  }

  /** Takes up a stretch that was open when the last process ended; its last point is the last that it shows. */
  static resume(record: AnomalyRecord): Stretch {
    return new Stretch(record, record.series?.time.at(-1) ?? record.startedAt);
  }

  get lastFlaggedAt(): number {
    return this.#lastFlaggedAt;
  }

  /** Adds a further point out of the band. */
  extend({ atMs, value, verdict, window }: FlaggedPoint): void {
    const { record } = this;
    this.quiet = 0;
    record.count += 1;
    if (verdict.pValue < record.pValue) {
      record.pValue = verdict.pValue;
      record.why = describePoint(record.measure!, value, verdict.expected);
      record.findings = toFindings(verdict);
    }
    record.score = Math.max(record.score, boundScore(verdict.score));
    appendPoints(record, window, this.#lastFlaggedAt, atMs);
    this.#lastFlaggedAt = atMs;
  }

  /** Notes a point inside of the band; true when the stretch has ended with it. */
  rest(): boolean {
    this.quiet += 1;
    if (this.quiet < QUIET_POINTS) return false;
    this.end();
    return true;
  }

  end(): void {
    this.record.endedAt = this.#lastFlaggedAt + MINUTE_MS;
  }

  /** Whether this point is one at which people may be told of the stretch. */
  mayTell(verdict: SeriesVerdict): boolean {
    return !this.record.told && (verdict.alarm || ASK_AGAIN.has(this.record.count));
  }

  /** Takes over the id that the store gave. */
  note(row: AnomalyRow): void {
    this.record.id = row.id;
  }
}

/** A surprise without an end could not be stored. */
export function boundScore(score: number | undefined): number {
  return score === undefined || Number.isNaN(score) ? 0 : Math.min(1e12, Math.max(0, score));
}

function toFindings(verdict: SeriesVerdict): AnomalyFinding[] {
  return verdict.findings.slice(0, MAX_FINDINGS).map(({ field, message, expected, seen, surprise }) => ({
    field,
    message,
    expected,
    seen,
    surprise: surprise ?? 0,
  }));
}

/** The last point that is shown is always the last one out of the band. */
function appendPoints(record: AnomalyRecord, window: PointWindow, afterMs: number, atMs: number): void {
  const { series } = record;
  if (series === null) return;
  const more = window.since(afterMs + 1);
  const keep = Math.max(0, MAX_POINTS - series.time.length);
  for (const name of ["time", "value", "low", "middle", "high"] as const) {
    const added: (number | null)[] = more[name];
    const list: (number | null)[] = series[name];
    const upTo = more.time.findLastIndex((time) => time <= atMs) + 1;
    if (upTo <= keep) list.push(...added.slice(0, upTo));
    else if (upTo > 0) list.splice(list.length - 1, 1, added[upTo - 1]!);
  }
}
