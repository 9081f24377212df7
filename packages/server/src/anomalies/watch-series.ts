import type { Clock } from "../model/clock.ts";
import type { Store } from "../model/store.ts";
import type { Subject } from "../model/anomaly.ts";
import { RouteAdmission, SERIES_LIMITS, type SeriesLimits } from "./admit-routes.ts";
import type { DetectorKit } from "./detector-kit.ts";
import type { DiscoveryLedger } from "./discovery-ledger.ts";
import { MinuteJudge } from "./judge-minutes.ts";
import { MINUTE_MS } from "./measure-minute.ts";
import { SeriesBook, type WatchedSeries } from "./series-book.ts";
import { createSlicer } from "./slice-work.ts";
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
  readonly #startedAt: number;
  readonly #slice = createSlicer();
  readonly #book: SeriesBook;
  readonly #admission: RouteAdmission;
  readonly #judge: MinuteJudge;
  #watchedUntil: number | null = null;
  /** The same in the store: only who knows it may move it. */
  #storedUntil: number | null = null;
  /** While another process moves it: where it was seen last, and when to look again. */
  #aside: { storedUntil: number | null; lookAt: number } | null = null;
  #isLoaded = false;

  constructor(deps: SeriesWatchDeps) {
    this.#deps = deps;
    this.#startedAt = deps.clock();
    this.#book = new SeriesBook(deps.kit);
    this.#admission = new RouteAdmission(this.#book, deps.limits ?? SERIES_LIMITS, this.#startedAt);
    this.#judge = new MinuteJudge(this.#book, this.#admission, deps.ledger);
  }

  get book(): SeriesBook {
    return this.#book;
  }

  stats(): { watchedUntil: number | null; series: number; bytes: number; turnedAway: number } {
    return {
      watchedUntil: this.#watchedUntil,
      series: this.#book.size,
      bytes: this.#book.bytes,
      turnedAway: this.#admission.turnedAway,
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
    this.#judge.endOrphans(turn);
    let from = this.#watchedUntil ?? this.#firstWatchable();
    if (closed <= from) return false;
    from = Math.max(from, closed - MAX_BEHIND_MS);
    const to = Math.min(closed, from + MINUTES_PER_TURN * MINUTE_MS);
    for (const { id } of await this.#deps.store.control.listProjects()) await this.#judgeSpan(id, from, to, turn);
    this.#admission.dropIdle(to, turn);
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
    this.#book.clear();
    this.#storedUntil = watchedUntil;
    const closed = this.#closedUntil();
    const isAhead = watchedUntil !== null && watchedUntil > closed + MAX_AHEAD_MS;
    const learnedUntil = isAhead ? closed : (watchedUntil ?? this.#firstWatchable());
    this.#judge.keepOpen(open);
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
    this.#judge.resumeAll();
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
    const minutes = Map.groupBy([...whole, ...routes], ({ time }) => time);
    for (let minute = from; minute < to; minute += MINUTE_MS)
      await this.#judge.take(project, minute, minutes.get(minute) ?? [], turn);
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
