import { MINUTE_MS } from "./measure-minute.ts";
import { bytesOf, type SeriesBook, type WatchedProject, type WatchedRoute } from "./series-book.ts";
import type { WatchTurn } from "./watch-turn.ts";

const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Nothing is dropped in favour of another route until the traffic of this process is known. */
const SETTLE_MS = HOUR_MS;
const ROUTE_IDLE_MS = 7 * DAY_MS;
const PROJECT_IDLE_MS = 30 * DAY_MS;
/** The name under which the book keeps the series of a project itself. */
export const WHOLE_PROJECT = "";

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

/** Decides which routes are watched, within bounds that no client can widen. */
export class RouteAdmission {
  readonly #book: SeriesBook;
  readonly #limits: SeriesLimits;
  readonly #startedAt: number;
  #turnedAway = 0;

  constructor(book: SeriesBook, limits: SeriesLimits, startedAt: number) {
    this.#book = book;
    this.#limits = limits;
    this.#startedAt = startedAt;
  }

  /** Routes that were not watched for want of room. */
  get turnedAway(): number {
    return this.#turnedAway;
  }

  /** Notes requests of a route, and lets it be watched when it has had enough and there is room; without a turn nothing makes room. */
  note(project: WatchedProject, route: string, count: number, minute: number, turn: WatchTurn | null): void {
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

  /** Drops what has had no traffic for long, and the quietest routes while the memory is beyond its bound. */
  dropIdle(minute: number, turn: WatchTurn): void {
    for (const project of this.#book.projects.values()) {
      for (const watched of project.routes.values()) {
        const patience = watched.route === WHOLE_PROJECT ? PROJECT_IDLE_MS : ROUTE_IDLE_MS;
        if (minute - watched.lastTrafficAt > patience) this.#drop(project, watched, turn);
      }
    }
    let { bytes } = this.#book;
    while (bytes > this.#limits.maxBytes) {
      const crowded = [...this.#book.projects.values()].sort((a, b) => b.routes.size - a.routes.size)[0]!;
      const least = findLeast(crowded);
      if (least === undefined) return;
      const watched = crowded.routes.get(least)!;
      bytes -= bytesOf(watched.series.values());
      this.#drop(crowded, watched, turn);
    }
  }

  #hasRoom(): boolean {
    // Five measures a route, at most.
    return this.#book.size + 5 <= this.#limits.maxSeries;
  }

  /** Drops the route with the least traffic if it has less than half of what the new one has. */
  #makeRoom(project: WatchedProject, traffic: number, minute: number, turn: WatchTurn | null): boolean {
    if (turn === null || minute < this.#startedAt + SETTLE_MS) return false;
    const least = findLeast(project);
    if (least === undefined || project.ranks.trafficOf(least, minute) * 2 > traffic) return false;
    this.#drop(project, project.routes.get(least)!, turn);
    return true;
  }

  #drop(project: WatchedProject, watched: WatchedRoute, turn: WatchTurn): void {
    const { subjects, open } = this.#book.drop(project, watched);
    turn.dropped.push(...subjects);
    for (const record of open) turn.putAnomaly(record, () => undefined);
  }
}

/** The watched route with the least traffic. */
function findLeast({ ranks, routes }: WatchedProject): string | undefined {
  return ranks.findLeast([...routes.keys()].filter((route) => route !== WHOLE_PROJECT));
}
