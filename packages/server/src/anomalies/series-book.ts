import { PROFILE_LEVELS, type SeriesDetector } from "@gatewatch/detect";
import { MEASURES, type Measure } from "@gatewatch/protocol";
import type { AnomalyRecord, DetectorState, StreamRecord, Subject } from "../model/anomaly.ts";
import type { DetectorKit } from "./detector-kit.ts";
import { MEASURE_KINDS, MINUTE_MS } from "./measure-minute.ts";
import { PointWindow } from "./point-window.ts";
import { RouteRanks } from "./route-ranks.ts";
import type { Stretch } from "./stretch.ts";

const SERIES_PROFILE = "balanced";
/** What explains a verdict, and its alarm, are made up to this level; the stream's own level decides. */
const DETECTOR_PROFILE = "sensitive";
/** Two hours: what an anomaly shows of before it, and of its beginning. */
const WINDOW_POINTS = 120;

/** One measure of a project or of a route, and what is known of it. */
export interface WatchedSeries {
  subject: Subject & { measure: Measure };
  detector: SeriesDetector;
  stream: StreamRecord;
  /** Up to which minute it has learned. */
  position: number;
  version: number;
  /** Minute of the last snapshot. */
  snapshotAt: number;
  window: PointWindow;
  stretch: Stretch | null;
  state: "calibrating" | "ready";
}

/** The series of one route, or with an empty name of the whole project. */
export interface WatchedRoute {
  route: string;
  /** Of the last minute with a request. */
  lastTrafficAt: number;
  series: Map<Measure, WatchedSeries>;
}

export interface WatchedProject {
  id: number;
  routes: Map<string, WatchedRoute>;
  ranks: RouteRanks;
}

/** All series that are watched, in bounded memory. */
export class SeriesBook {
  readonly projects = new Map<number, WatchedProject>();
  readonly #kit: DetectorKit;
  /** What people have set for series that are not watched. */
  readonly #settings = new Map<string, StreamRecord>();
  #count = 0;
  #serial = 0;

  constructor(kit: DetectorKit) {
    this.#kit = kit;
  }

  /** Number of series. */
  get size(): number {
    return this.#count;
  }

  /** What the detectors and their windows hold. */
  get bytes(): number {
    return bytesOf(this.all());
  }

  *all(): Generator<WatchedSeries> {
    for (const project of this.projects.values())
      for (const { series } of project.routes.values()) yield* series.values();
  }

  clear(): void {
    this.projects.clear();
    this.#settings.clear();
    this.#count = 0;
    this.#serial = 0;
  }

  projectOf(id: number): WatchedProject {
    let project = this.projects.get(id);
    if (project === undefined) {
      project = { id, routes: new Map(), ranks: new RouteRanks() };
      this.projects.set(id, project);
    }
    return project;
  }

  find({ projectId, stream, measure }: Subject): WatchedSeries | undefined {
    return measure === null ? undefined : this.projects.get(projectId)?.routes.get(stream)?.series.get(measure);
  }

  addRoute(project: WatchedProject, route: string, atMs: number): WatchedRoute {
    let watched = project.routes.get(route);
    if (watched === undefined) {
      watched = { route, lastTrafficAt: atMs, series: new Map() };
      project.routes.set(route, watched);
    }
    return watched;
  }

  /** The series of a measure; a new one when it is not there yet. */
  seriesOf(project: WatchedProject, watched: WatchedRoute, measure: Measure, atMs: number): WatchedSeries {
    const known = watched.series.get(measure);
    if (known !== undefined) return known;
    const subject = { projectId: project.id, kind: "series" as const, stream: watched.route, measure };
    const detector = this.#kit.createSeries({
      kind: MEASURE_KINDS[measure],
      intervalMs: MINUTE_MS,
      profile: DETECTOR_PROFILE,
    });
    return this.#add(watched, {
      subject,
      detector,
      stream: this.#beginRecord(subject, atMs),
      position: atMs,
      version: 0,
    });
  }

  /** Takes over what the store has of a series; of one that is not watched, for when it is. */
  takeOver(stored: StreamRecord): void {
    const series = this.find(stored);
    if (series === undefined) this.#settings.set(keyOf(stored), stored);
    else Object.assign(series.stream, settingsOf(stored));
  }

  /** Takes a series up from its snapshot. Throws when that is no snapshot. */
  restore(state: DetectorState): WatchedSeries | undefined {
    const { projectId, stream: route, measure, position, version } = state;
    if (measure === null || !MEASURES.includes(measure)) return undefined;
    const detector = this.#kit.restoreSeries(state.snapshot);
    const subject = { projectId, kind: "series" as const, stream: route, measure };
    const record = this.#takeSettings(subject) ?? createStreamRecord(subject, position);
    const watched = this.addRoute(this.projectOf(projectId), route, record.lastSeenAt ?? position);
    watched.lastTrafficAt = Math.max(watched.lastTrafficAt, record.lastSeenAt ?? 0);
    return this.#add(watched, { subject, detector, stream: record, position, version });
  }

  /** Ends what is open, and forgets the series of a route. */
  drop(project: WatchedProject, watched: WatchedRoute): { subjects: Subject[]; open: AnomalyRecord[] } {
    project.routes.delete(watched.route);
    project.ranks.forget(watched.route);
    const series = [...watched.series.values()];
    this.#count -= series.length;
    const open = series.flatMap(({ stretch }) => (stretch === null ? [] : [stretch]));
    for (const stretch of open) stretch.end();
    return { subjects: series.map(({ subject }) => subject), open: open.map(({ record }) => record) };
  }

  /** Forgets one series and what was set for it; it begins anew with the next minute. */
  forget(subject: Subject): WatchedSeries | undefined {
    this.#takeSettings(subject);
    const series = this.find(subject);
    if (series === undefined) return undefined;
    this.projects.get(subject.projectId)!.routes.get(subject.stream)!.series.delete(series.subject.measure);
    this.#count -= 1;
    series.stretch?.end();
    return series;
  }

  #beginRecord(subject: Subject, atMs: number): StreamRecord {
    const fresh = createStreamRecord(subject, atMs);
    const known = this.#takeSettings(subject);
    return known === undefined ? fresh : { ...fresh, ...settingsOf(known), createdAt: known.createdAt };
  }

  #takeSettings(subject: Subject): StreamRecord | undefined {
    const key = keyOf(subject);
    const known = this.#settings.get(key);
    this.#settings.delete(key);
    return known;
  }

  #add(
    watched: WatchedRoute,
    parts: Pick<WatchedSeries, "subject" | "detector" | "stream" | "position" | "version">,
  ): WatchedSeries {
    // Spread, so that the snapshots of series that begin together are not written together.
    const snapshotAt = parts.position - (this.#serial++ % 30) * MINUTE_MS;
    const window = new PointWindow(WINDOW_POINTS, MINUTE_MS);
    const series: WatchedSeries = {
      ...parts,
      snapshotAt,
      window,
      stretch: null,
      state: parts.stream.judged > 0 ? "ready" : "calibrating",
    };
    watched.series.set(parts.subject.measure, series);
    this.#count += 1;
    return series;
  }
}

/** What the detectors of these and their windows hold. */
export function bytesOf(all: Iterable<WatchedSeries>): number {
  let bytes = 0;
  for (const { detector } of all) bytes += detector.bytes + WINDOW_POINTS * 24;
  return bytes;
}

/** Of a stream, what belongs to people. */
export function settingsOf({ profile, autoTune, adaptiveWindow, level, feedback }: StreamRecord) {
  return { profile, autoTune, adaptiveWindow, level, feedback };
}

/** Names a subject in a map. */
export function keyOf({ projectId, stream, measure }: Subject): string {
  return `${projectId} ${measure} ${stream}`;
}

function createStreamRecord(subject: Subject, atMs: number): StreamRecord {
  return {
    ...subject,
    profile: SERIES_PROFILE,
    autoTune: false,
    adaptiveWindow: false,
    createdAt: atMs,
    lastSeenAt: null,
    level: PROFILE_LEVELS[SERIES_PROFILE],
    seen: 0,
    judged: 0,
    flagged: 0,
    feedback: { false_positive: 0, confirmed: 0, dismissed: 0 },
  };
}
