import type { RollupCell } from "../model/rollup.ts";
import type { Clock } from "../model/clock.ts";
import type { Store } from "../model/store.ts";
import type { Subject } from "../model/anomaly.ts";
import type { DetectorKit } from "./detector-kit.ts";
import { type DiscoveryLedger, SERIES_FAMILY } from "./discovery-ledger.ts";
import { measureMinute, MINUTE_MS, type MinutePoint } from "./measure-minute.ts";
import {
  bytesOf,
  keyOf,
  SeriesBook,
  type WatchedProject,
  type WatchedRoute,
  type WatchedSeries,
} from "./series-book.ts";
import { createSlicer } from "./slice-work.ts";
import { Stretch } from "./stretch.ts";
import type { WatchTurn } from "./watch-turn.ts";

/** A minute is judged this long after its end: clients send what they gathered within seconds, the digest follows. */
export const CLOSED_AFTER_MS = 90_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** What a new watch learns from what is stored already: of routes less, which are many. */
const WARM_UP_MS = 6 * HOUR_MS;
const PROJECT_WARM_UP_MS = 7 * DAY_MS;
/** A watch that falls behind further than this leaves the rest out: it sees a gap. */
const MAX_BEHIND_MS = 6 * HOUR_MS;
/** What is watched further than this beyond the last closed minute was watched by a wrong clock. */
const MAX_AHEAD_MS = HOUR_MS;
/** Where another process has watched, this one looks after so long whether it still does. */
const ASIDE_MS = 5 * MINUTE_MS;
const MINUTES_PER_TURN = 10;
/** What is read at once, so that taking it over from the thread that reads holds nobody up. */
const CELLS_PER_READ = 500;
const SNAPSHOT_EVERY_MS = 30 * MINUTE_MS;
const MAX_SNAPSHOTS_PER_TURN = 350;
/** Nothing is dropped in favour of another route until the traffic of this process is known. */
const SETTLE_MS = HOUR_MS;
const ROUTE_IDLE_MS = 7 * DAY_MS;
const PROJECT_IDLE_MS = 30 * DAY_MS;
const WHOLE_PROJECT = "";

/** One p-value of a minute, and the stretch that it may tell of. */
interface MinuteTest {
  pValue: number;
  stretch: Stretch | null;
}

export interface SeriesLimits {
  maxSeries: number;
  maxRoutes: number;
  maxBytes: number;
  /** Requests that a route must have had before it is watched. */
  minRequests: number;
}

export const SERIES_LIMITS: SeriesLimits = {
  maxSeries: 10_000,
  maxRoutes: 200,
  maxBytes: 200 * 1024 * 1024,
  minRequests: 20,
};

export interface SeriesWatchDeps {
  store: Pick<Store, "anomalies" | "telemetry" | "control">;
  kit: DetectorKit;
  ledger: DiscoveryLedger;
  clock: Clock;
  /** Everything that was received before this moment is in the rollups; null when nothing waits. */
  behindSince(): number | null;
  limits?: SeriesLimits;
  reportDamage(subject: Subject, error: unknown): void;
}

/** Watches the traffic of every project and of its routes, minute by minute, out of the rollups. */
export class SeriesWatch {
  readonly #deps: SeriesWatchDeps;
  readonly #limits: SeriesLimits;
  readonly #startedAt: number;
  readonly #slice = createSlicer();
  #book: SeriesBook;
  #watchedUntil: number | null = null;
  /** The same in the store: only who knows it may move it. */
  #storedUntil: number | null = null;
  /** While another process moves it: where it was seen last, and when to look again. */
  #aside: { storedUntil: number | null; lookAt: number } | null = null;
  #isLoaded = false;
  #resumed = new Map<string, Stretch>();
  /** Routes that were not watched for want of room. */
  #turnedAway = 0;

  constructor(deps: SeriesWatchDeps) {
    this.#deps = deps;
    this.#limits = deps.limits ?? SERIES_LIMITS;
    this.#startedAt = deps.clock();
    this.#book = new SeriesBook(deps.kit);
  }

  get book(): SeriesBook {
    return this.#book;
  }

  stats(): { watchedUntil: number | null; series: number; bytes: number; turnedAway: number } {
    return {
      watchedUntil: this.#watchedUntil,
      series: this.#book.size,
      bytes: this.#book.bytes,
      turnedAway: this.#turnedAway,
    };
  }

  /** Forgets what is in memory: after a turn that was not written, or not known to be, the store alone is right. */
  reset(): void {
    this.#isLoaded = false;
  }

  /** A turn was not written: if another process has watched its minutes, this one stands aside as long as that goes on. */
  async noteUnwritten(): Promise<void> {
    const storedUntil = await this.#deps.store.anomalies.watchedUntil();
    if (storedUntil !== this.#storedUntil) this.#aside = { storedUntil, lookAt: this.#deps.clock() + ASIDE_MS };
  }

  async #standsAside(): Promise<boolean> {
    if (this.#aside === null) return false;
    const now = this.#deps.clock();
    if (now < this.#aside.lookAt) return true;
    const storedUntil = await this.#deps.store.anomalies.watchedUntil();
    const goesOn = storedUntil !== this.#aside.storedUntil;
    this.#aside = goesOn ? { storedUntil, lookAt: now + ASIDE_MS } : null;
    return goesOn;
  }

  /** Judges the next minutes that are closed, if there are any; true when more of them wait. */
  async run(turn: WatchTurn, stop: AbortSignal): Promise<boolean> {
    if (await this.#standsAside()) return false;
    const closed = this.#closedUntil();
    // A clock that was ahead has been set right: what was learned under it lies in the future, and is let go.
    if (this.#watchedUntil !== null && this.#watchedUntil > closed + MAX_AHEAD_MS) this.reset();
    await this.#load(stop);
    this.#endOrphans(turn);
    let from = this.#watchedUntil ?? this.#firstWatchable();
    if (closed <= from) return false;
    from = Math.max(from, closed - MAX_BEHIND_MS);
    const to = Math.min(closed, from + MINUTES_PER_TURN * MINUTE_MS);
    for (const { id } of await this.#deps.store.control.listProjects()) await this.#judgeSpan(id, from, to, turn);
    this.#dropIdle(to, turn);
    await this.#putSnapshots(to, turn);
    turn.watchedUntil = to;
    turn.watchedFrom = this.#storedUntil;
    turn.afterwards(() => {
      this.#watchedUntil = to;
      this.#storedUntil = Math.max(to, this.#storedUntil ?? to);
    });
    return to < closed;
  }

  /** Milliseconds until the next minute is closed. */
  nextTurnInMs(): number {
    const next = (this.#watchedUntil ?? this.#firstWatchable()) + MINUTE_MS + CLOSED_AFTER_MS;
    return Math.max(0, next - this.#deps.clock());
  }

  /** Snapshots of what has changed since the last one, at most `limit` of them. */
  putAllSnapshots(turn: WatchTurn, limit: number): void {
    if (!this.#isLoaded) return;
    let count = 0;
    for (const series of this.#book.all()) {
      if (series.snapshotAt >= series.position) continue;
      if (++count > limit) return;
      this.#putSnapshot(series, turn);
    }
  }

  #closedUntil(): number {
    const now = this.#deps.clock();
    // What waits in the journal came from its time of receipt on, and tells of a moment before.
    const complete = Math.min(now, this.#deps.behindSince() ?? now);
    return floorMinute(complete - CLOSED_AFTER_MS);
  }

  /** The first minute that this process has seen whole: before it nobody knows whether silence was silence. */
  #firstWatchable(): number {
    return floorMinute(Math.min(this.#startedAt, this.#deps.clock()) + MINUTE_MS - 1);
  }

  /** Takes up what is stored, and learns again, without judging, what came after each snapshot. */
  async #load(stop: AbortSignal): Promise<void> {
    if (this.#isLoaded) return;
    const { anomalies, control } = this.#deps.store;
    const [watchedUntil, open, projects] = await Promise.all([
      anomalies.watchedUntil(),
      anomalies.listOpen(),
      control.listProjects(),
      this.#deps.ledger.reload(),
    ]);
    this.#book = new SeriesBook(this.#deps.kit);
    this.#storedUntil = watchedUntil;
    const closed = this.#closedUntil();
    const isAhead = watchedUntil !== null && watchedUntil > closed + MAX_AHEAD_MS;
    const learnedUntil = isAhead ? closed : (watchedUntil ?? this.#firstWatchable());
    this.#resumed = new Map(open.map((record) => [keyOf(record), Stretch.resume(record)]));
    for (const { id } of projects) {
      const streams = await anomalies.listStreams(id, "series");
      for (const stream of streams) this.#book.takeOver(stream);
      // A series without a snapshot is younger than the time between two.
      let oldest = learnedUntil - SNAPSHOT_EVERY_MS - MINUTE_MS;
      for (const state of await anomalies.listStates("series", id)) {
        try {
          if (state.position > learnedUntil + MAX_AHEAD_MS)
            throw new RangeError("It has learned minutes of the future.");
          this.#book.restore(state);
          oldest = Math.min(oldest, state.position);
        } catch (error) {
          this.#deps.reportDamage(state, error);
          oldest = learnedUntil - WARM_UP_MS;
        }
        await this.#slice();
      }
      const warmUpFrom = learnedUntil - WARM_UP_MS;
      if (watchedUntil === null) await this.#learnSpan(id, learnedUntil - PROJECT_WARM_UP_MS, warmUpFrom, false, stop);
      const from = watchedUntil === null ? warmUpFrom : Math.max(oldest, warmUpFrom);
      await this.#learnSpan(id, from, learnedUntil, true, stop);
    }
    for (const series of this.#book.all()) this.#resume(series);
    // A server that was down sees a gap, not an outage.
    this.#watchedUntil = Math.max(learnedUntil, this.#firstWatchable());
    this.#isLoaded = true;
  }

  async #learnSpan(projectId: number, from: number, to: number, withRoutes: boolean, stop: AbortSignal): Promise<void> {
    for (let start = from; start < to;) {
      stop.throwIfAborted();
      const end = Math.min(to, start + (withRoutes ? this.#minutesPerRead(projectId) : HOUR_MS));
      await this.#takeSpan(projectId, start, end, null, withRoutes);
      start = end;
    }
  }

  /** Reads and judges the minutes of one project. */
  async #judgeSpan(projectId: number, from: number, to: number, turn: WatchTurn): Promise<void> {
    for (let start = from; start < to;) {
      const end = Math.min(to, start + this.#minutesPerRead(projectId));
      await this.#takeSpan(projectId, start, end, turn, true);
      start = end;
    }
  }

  /** In milliseconds. */
  #minutesPerRead(projectId: number): number {
    const routes = this.#book.projects.get(projectId)?.routes.size ?? CELLS_PER_READ;
    const minutes = Math.floor(CELLS_PER_READ / Math.max(1, routes));
    return Math.min(MINUTES_PER_TURN, Math.max(1, minutes)) * MINUTE_MS;
  }

  /** Takes the minutes of one project; without a turn they are only learned. */
  async #takeSpan(
    projectId: number,
    from: number,
    to: number,
    turn: WatchTurn | null,
    withRoutes: boolean,
  ): Promise<void> {
    const { telemetry } = this.#deps.store;
    const [whole, routes] = await Promise.all([
      telemetry.rollups("minute", projectId, from, to),
      withRoutes ? telemetry.rollups("minute_route", projectId, from, to) : [],
    ]);
    const known = this.#book.projects.get(projectId);
    if (whole.length === 0 && (known === undefined || known.routes.size === 0)) return;
    const project = this.#book.projectOf(projectId);
    const minutes = new Map<number, RollupCell[]>();
    for (const cell of [...whole, ...routes]) {
      const cells = minutes.get(cell.time);
      if (cells === undefined) minutes.set(cell.time, [cell]);
      else cells.push(cell);
    }
    for (let minute = from; minute < to; minute += MINUTE_MS) {
      const tests: MinuteTest[] = [];
      const cells = new Map<string, RollupCell>();
      for (const cell of minutes.get(minute) ?? []) {
        const route = cell.route ?? WHOLE_PROJECT;
        cells.set(route, cell);
        this.#noteTraffic(project, route, cell.count, minute, turn);
        await this.#slice();
      }
      for (const watched of project.routes.values()) {
        const cell = cells.get(watched.route);
        if (cell !== undefined && cell.count > 0) watched.lastTrafficAt = minute;
        for (const point of measureMinute(cell)) this.#takePoint(project, watched, point, minute, turn, tests);
        // A measure without a point has passed the minute too.
        for (const series of watched.series.values()) series.position = Math.max(series.position, minute + MINUTE_MS);
        await this.#slice();
      }
      if (turn !== null && tests.length > 0) this.#decide(projectId, minute, tests, turn);
    }
  }

  #takePoint(
    project: WatchedProject,
    watched: WatchedRoute,
    { measure, value, weight }: MinutePoint,
    minute: number,
    turn: WatchTurn | null,
    tests: MinuteTest[],
  ): void {
    const series = this.#book.seriesOf(project, watched, measure, minute);
    if (minute < series.position) return;
    series.position = minute + MINUTE_MS;
    const { stream } = series;
    const verdict = series.detector.observe({ atMs: minute, value, weight });
    series.window.add(minute, value, verdict.expected);
    series.state = verdict.state;
    stream.seen += 1;
    if (value > 0 || measure !== "requests") stream.lastSeenAt = minute;
    if (verdict.state === "calibrating") return;
    const isFlagged = verdict.pValue <= stream.level;
    stream.judged += 1;
    if (isFlagged) stream.flagged += 1;
    turn?.count(project.id, minute, { judged: 1, expected: stream.level, flagged: isFlagged ? 1 : 0 });
    if (turn === null) {
      this.#resume(series);
      if (series.stretch !== null && minute > series.stretch.lastFlaggedAt) series.stretch.quiet += 1;
      return;
    }
    const point = { atMs: minute, value, verdict, window: series.window };
    const before = series.stretch;
    if (isFlagged) {
      if (before === null) series.stretch = Stretch.open(series.subject, stream.level, point);
      else before.extend(point);
    } else if (before === null) {
      tests.push({ pValue: verdict.pValue, stretch: null });
      return;
    } else if (before.rest()) series.stretch = null;
    const stretch = before ?? series.stretch!;
    // While a stretch lasts its points are one discovery, not one each.
    const mayTell = isFlagged && stretch.mayTell(verdict);
    if (before === null || mayTell) tests.push({ pValue: verdict.pValue, stretch: mayTell ? stretch : null });
    if (isFlagged || series.stretch === null) turn.putAnomaly(stretch.record, (row) => stretch.note(row));
  }

  /** Goes on with the stretch that was open when the last process ended. */
  #resume(series: WatchedSeries): void {
    const key = keyOf(series.subject);
    const stretch = this.#resumed.get(key);
    if (stretch === undefined) return;
    series.stretch = stretch;
    this.#resumed.delete(key);
  }

  /** What was open of series that are watched no longer. */
  #endOrphans(turn: WatchTurn): void {
    for (const [key, stretch] of this.#resumed) {
      stretch.end();
      turn.putAnomaly(stretch.record, (row) => stretch.note(row));
      turn.afterwards(() => this.#resumed.delete(key));
    }
  }

  /** Which of the stretches of a minute people are told of. */
  #decide(projectId: number, minute: number, tests: readonly MinuteTest[], turn: WatchTurn): void {
    const pValues = tests.map(({ pValue }) => pValue);
    const { threshold, discovery } = this.#deps.ledger.decide(projectId, SERIES_FAMILY, pValues, minute);
    for (const { pValue, stretch } of tests) {
      if (stretch === null) continue;
      const { record } = stretch;
      record.discovery = discovery;
      if (threshold === null || pValue > threshold) continue;
      record.told = true;
      turn.tell(record);
      turn.count(projectId, record.startedAt, { told: 1 });
    }
  }

  /** Decides whether a route is watched. */
  #noteTraffic(project: WatchedProject, route: string, count: number, minute: number, turn: WatchTurn | null): void {
    if (count === 0) return;
    if (route !== WHOLE_PROJECT) project.ranks.note(route, count, minute);
    if (project.routes.has(route)) return;
    if (route === WHOLE_PROJECT) {
      this.#book.addRoute(project, route, minute);
      return;
    }
    const traffic = project.ranks.trafficOf(route, minute);
    if (traffic < this.#limits.minRequests) return;
    // One more for the project itself.
    const hasRoom = project.routes.size <= this.#limits.maxRoutes && this.#hasRoom();
    if (!hasRoom && !this.#makeRoom(project, traffic, minute, turn)) {
      this.#turnedAway += 1;
      return;
    }
    this.#book.addRoute(project, route, minute);
  }

  #hasRoom(): boolean {
    // Five measures a route, at most.
    return this.#book.size + 5 <= this.#limits.maxSeries;
  }

  /** Drops the route with the least traffic if it has less than half of what the new one has. */
  #makeRoom(project: WatchedProject, traffic: number, minute: number, turn: WatchTurn | null): boolean {
    if (turn === null || minute < this.#startedAt + SETTLE_MS) return false;
    const least = project.ranks.findLeast([...project.routes.keys()].filter((route) => route !== WHOLE_PROJECT));
    if (least === undefined || project.ranks.trafficOf(least, minute) * 2 > traffic) return false;
    this.#drop(project, project.routes.get(least)!, turn);
    return true;
  }

  #dropIdle(minute: number, turn: WatchTurn): void {
    for (const project of this.#book.projects.values()) {
      for (const watched of project.routes.values()) {
        const patience = watched.route === WHOLE_PROJECT ? PROJECT_IDLE_MS : ROUTE_IDLE_MS;
        if (minute - watched.lastTrafficAt > patience) this.#drop(project, watched, turn);
      }
    }
    let bytes = this.#book.bytes;
    while (bytes > this.#limits.maxBytes) {
      const crowded = [...this.#book.projects.values()].sort((a, b) => b.routes.size - a.routes.size)[0]!;
      const least = crowded.ranks.findLeast([...crowded.routes.keys()].filter((route) => route !== WHOLE_PROJECT));
      if (least === undefined) return;
      const watched = crowded.routes.get(least)!;
      bytes -= bytesOf(watched.series.values());
      this.#drop(crowded, watched, turn);
    }
  }

  #drop(project: WatchedProject, watched: WatchedRoute, turn: WatchTurn): void {
    const { subjects, open } = this.#book.drop(project, watched);
    turn.dropped.push(...subjects);
    for (const record of open) turn.putAnomaly(record, () => undefined);
  }

  /** Each series every half an hour: what lies between is learned again from the rollups after a crash. */
  async #putSnapshots(minute: number, turn: WatchTurn): Promise<void> {
    let count = 0;
    for (const series of this.#book.all()) {
      if (minute - series.snapshotAt < SNAPSHOT_EVERY_MS) continue;
      if (++count > MAX_SNAPSHOTS_PER_TURN) return;
      this.#putSnapshot(series, turn);
      await this.#slice();
    }
  }

  #putSnapshot(series: WatchedSeries, turn: WatchTurn): void {
    const { subject, detector, stream, position } = series;
    series.version += 1;
    series.snapshotAt = position;
    turn.states.push({
      ...subject,
      version: series.version,
      position,
      updatedAt: this.#deps.clock(),
      snapshot: detector.snapshot(),
    });
    turn.streams.add(stream);
  }
}

function floorMinute(time: number): number {
  return time - (time % MINUTE_MS);
}
