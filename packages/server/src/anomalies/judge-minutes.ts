import type { AnomalyRecord } from "../model/anomaly.ts";
import type { RollupCell } from "../model/rollup.ts";
import { type RouteAdmission, WHOLE_PROJECT } from "./admit-routes.ts";
import { type DiscoveryLedger, SERIES_FAMILY } from "./discovery-ledger.ts";
import { measureMinute, MINUTE_MS, type MinutePoint } from "./measure-minute.ts";
import { keyOf, type SeriesBook, type WatchedProject, type WatchedRoute, type WatchedSeries } from "./series-book.ts";
import { createSlicer } from "./slice-work.ts";
import { type FlaggedPoint, Stretch } from "./stretch.ts";
import type { WatchTurn } from "./watch-turn.ts";

/** One p-value of a minute, and the stretch that it may tell of. */
interface MinuteTest {
  pValue: number;
  stretch: Stretch | null;
}

/** A minute of one project. */
interface Minute {
  project: WatchedProject;
  time: number;
  /** Null while it is only learned. */
  turn: WatchTurn | null;
  tests: MinuteTest[];
}

/** Lets the detectors of a project see its minutes, and makes stretches of what is out of its band. */
export class MinuteJudge {
  readonly #book: SeriesBook;
  readonly #admission: RouteAdmission;
  readonly #ledger: DiscoveryLedger;
  readonly #slice = createSlicer();
  /** Stretches that were open when the last process ended, until their series is seen again. */
  #resumed = new Map<string, Stretch>();

  constructor(book: SeriesBook, admission: RouteAdmission, ledger: DiscoveryLedger) {
    this.#book = book;
    this.#admission = admission;
    this.#ledger = ledger;
  }

  /** Takes up the stretches that the store has as open. */
  keepOpen(records: readonly AnomalyRecord[]): void {
    this.#resumed = new Map(records.map((record) => [keyOf(record), Stretch.resume(record)]));
  }

  /** Goes on with those whose series are watched. */
  resumeAll(): void {
    for (const series of this.#book.all()) this.#resume(series);
  }

  /** What was open of series that are watched no longer. */
  endOrphans(turn: WatchTurn): void {
    for (const [key, stretch] of this.#resumed) {
      stretch.end();
      turn.putAnomaly(stretch.record, (row) => stretch.note(row));
      turn.afterwards(() => this.#resumed.delete(key));
    }
  }

  /** Takes the minute that begins at `time`, of which there are these rollups; without a turn it is only learned. */
  async take(
    project: WatchedProject,
    time: number,
    rollups: readonly RollupCell[],
    turn: WatchTurn | null,
  ): Promise<void> {
    const minute: Minute = { project, time, turn, tests: [] };
    const cells = new Map<string, RollupCell>();
    for (const cell of rollups) {
      const route = cell.route ?? WHOLE_PROJECT;
      cells.set(route, cell);
      this.#admission.note(project, route, cell.count, time, turn);
      await this.#slice();
    }
    for (const watched of project.routes.values()) {
      const cell = cells.get(watched.route);
      if (cell !== undefined && cell.count > 0) watched.lastTrafficAt = time;
      for (const point of measureMinute(cell)) this.#takePoint(minute, watched, point);
      // A measure without a point has passed the minute too.
      for (const series of watched.series.values()) series.position = Math.max(series.position, time + MINUTE_MS);
      await this.#slice();
    }
    if (turn !== null && minute.tests.length > 0) this.#decide(minute, turn);
  }

  #takePoint({ project, time, turn, tests }: Minute, watched: WatchedRoute, point: MinutePoint): void {
    const { measure, value, weight } = point;
    const series = this.#book.seriesOf(project, watched, measure, time);
    if (time < series.position) return;
    series.position = time + MINUTE_MS;
    const { stream } = series;
    const verdict = series.detector.observe({ atMs: time, value, weight });
    series.window.add(time, value, verdict.expected);
    series.state = verdict.state;
    stream.seen += 1;
    if (value > 0 || measure !== "requests") stream.lastSeenAt = time;
    if (verdict.state === "calibrating") return;
    const isFlagged = verdict.pValue <= stream.level;
    stream.judged += 1;
    if (isFlagged) stream.flagged += 1;
    turn?.count(project.id, time, { judged: 1, expected: stream.level, flagged: isFlagged ? 1 : 0 });
    if (turn === null) this.#learnStretch(series, time);
    else {
      const test = judgeStretch(series, { atMs: time, value, verdict, window: series.window }, turn);
      if (test !== null) tests.push(test);
    }
  }

  /** A minute that was judged before belongs to the stretch that is stored. */
  #learnStretch(series: WatchedSeries, time: number): void {
    this.#resume(series);
    if (series.stretch !== null && time > series.stretch.lastFlaggedAt) series.stretch.quiet += 1;
  }

  /** Goes on with the stretch that was open when the last process ended. */
  #resume(series: WatchedSeries): void {
    const key = keyOf(series.subject);
    const stretch = this.#resumed.get(key);
    if (stretch === undefined) return;
    series.stretch = stretch;
    this.#resumed.delete(key);
  }

  /** Which of the stretches of a minute people are told of. */
  #decide({ project, time, tests }: Minute, turn: WatchTurn): void {
    const pValues = tests.map(({ pValue }) => pValue);
    const { threshold, discovery } = this.#ledger.decide(project.id, SERIES_FAMILY, pValues, time);
    for (const { pValue, stretch } of tests) {
      if (stretch === null) continue;
      const { record } = stretch;
      record.discovery = discovery;
      if (threshold === null || pValue > threshold) continue;
      record.told = true;
      turn.tell(record);
      turn.count(project.id, record.startedAt, { told: 1 });
    }
  }
}

/** Opens, extends, bridges or ends the stretch of a series; returns what the bound on false discoveries is to be asked, if it is. */
function judgeStretch(series: WatchedSeries, point: FlaggedPoint, turn: WatchTurn): MinuteTest | null {
  const { verdict } = point;
  const { level } = series.stream;
  const isFlagged = verdict.pValue <= level;
  const before = series.stretch;
  if (isFlagged) {
    if (before === null) series.stretch = Stretch.open(series.subject, level, point);
    else before.extend(point);
  } else if (before === null) return { pValue: verdict.pValue, stretch: null };
  else if (before.rest()) series.stretch = null;
  const stretch = before ?? series.stretch!;
  // While a stretch lasts its points are one discovery, not one each.
  const mayTell = isFlagged && stretch.mayTell(verdict);
  if (isFlagged || series.stretch === null) turn.putAnomaly(stretch.record, (row) => stretch.note(row));
  return before === null || mayTell ? { pValue: verdict.pValue, stretch: mayTell ? stretch : null } : null;
}
