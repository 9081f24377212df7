import type {
  AnomalyDetail,
  AnomalyFeedback,
  AnomalyRow,
  Json,
  Measure,
  ProfileName,
  StreamSettings,
  TuningRow,
} from "@gatewatch/protocol";
import type { OutboxRow } from "./alert.ts";

/** What is watched: an event stream, or one measure of a project or of one of its routes. */
export interface Subject {
  projectId: number;
  kind: "series" | "event";
  /** `METHOD route` of a series, empty for the whole project; the name of an event stream. */
  stream: string;
  measure: Measure | null;
}

/** As stored, the evidence with it. */
export interface AnomalyRecord
  extends AnomalyRow, Pick<AnomalyDetail, "findings" | "event" | "normal" | "series" | "discovery" | "compression"> {}

/** What a detector knows, as its snapshot. */
export interface DetectorState extends Subject {
  /** Grows by one with each write. */
  version: number;
  /** Up to where the series, or in what number the events, are learned. */
  position: number;
  updatedAt: number;
  snapshot: Uint8Array;
}

export interface StreamRecord extends Subject, StreamSettings {
  createdAt: number;
  lastSeenAt: number | null;
  /** In force: the profile's, unless tuning moved it. */
  level: number;
  seen: number;
  judged: number;
  flagged: number;
  feedback: Record<AnomalyFeedback, number>;
}

export interface AnomalyQuery {
  projectId: number;
  from?: number;
  to?: number;
  kind?: Subject["kind"];
  stream?: string;
  measure?: Measure;
  feedback?: AnomalyFeedback | "none";
  /** Any of these, in place of one. */
  feedbacks?: readonly AnomalyFeedback[];
  maxPValue?: number;
  /** Least normalised compression distance; what has none is left out. */
  minNcd?: number;
  told?: boolean;
  /** Opaque; from the previous page. */
  cursor?: string;
  offset?: number;
  limit: number;
}

/** What was judged, and what the gates of a project answered, in five minutes; added up over a span. */
export interface WatchTally {
  judged: number;
  flagged: number;
  /** How many of the judged would be flagged if nothing had been odd: the sum of the levels. */
  expected: number;
  told: number;
  requests: number;
  /** Answers 429. */
  limited: number;
  /** Answers 403. */
  refused: number;
}

/** What one turn of watching has found: written whole or not at all. */
export interface WatchCommit {
  /** Made by the writer, so that it can find out whether a commit of which it heard nothing was written. */
  turn?: string;
  /** Minute up to which every series of every project is judged; null when only events were judged. Never goes back. */
  watchedUntil: number | null;
  /** What `watchedUntil` was when the turn began; a turn that another process has overtaken is refused. @default whatever it is */
  watchedFrom?: number | null;
  states: DetectorState[];
  /** Of a stream that is there already only `lastSeenAt`, `seen`, `judged` and `flagged` are written: the rest belongs to people. */
  streams: StreamRecord[];
  /** With `id` 0: new. Of others everything but the feedback is written. */
  anomalies: AnomalyRecord[];
  /** Subjects that are watched no longer: their state and their row go. */
  dropped?: Subject[];
  /** Added to what is there; `time` is the start of the five minutes. */
  tallies?: (WatchTally & { projectId: number; time: number })[];
  outbox: OutboxRow[];
  /** Small JSON of the bound on false discoveries, by project. */
  discovery: { projectId: number; state: Uint8Array }[];
}

/** Anomalies, the streams that they come from, and what the detectors know. */
export interface AnomalyStore {
  watchedUntil(): Promise<number | null>;
  /** Of the last commit that had one. */
  lastTurn(): Promise<string | null>;
  commitWatch(commit: WatchCommit): Promise<AnomalyRow[]>;
  /** Of one project when it is given. */
  listStates(kind: Subject["kind"] | null, projectId?: number): Promise<DetectorState[]>;
  getState(subject: Subject): Promise<DetectorState | null>;
  listDiscovery(): Promise<{ projectId: number; state: Uint8Array }[]>;
  /** Series that are still out of their band. */
  listOpen(): Promise<AnomalyRecord[]>;
  /** What was judged in [from, to), to five minutes. */
  tally(projectId: number, from: number, to: number): Promise<WatchTally>;
  /** How many anomalies there are of each subject of a project. */
  countBySubject(projectId: number): Promise<(Subject & { count: number })[]>;
  /** How many there are of one. */
  countOf(subject: Subject): Promise<number>;
  /** Anomalies of a stream by the feedback that they were given since then, the newest word on each. */
  countFeedback(subject: Subject, since: number): Promise<Record<AnomalyFeedback, number>>;

  query(query: AnomalyQuery): Promise<{ anomalies: AnomalyRow[]; nextCursor: string | null; total: number }>;
  /** The same with all that they rest on. */
  queryWhole(query: AnomalyQuery): Promise<{ anomalies: AnomalyRecord[]; nextCursor: string | null; total: number }>;
  get(projectId: number, id: number): Promise<AnomalyRecord | null>;
  /** Null when it is not there. Adds `history` in the same transaction. */
  setFeedback(
    projectId: number,
    id: number,
    feedback: AnomalyFeedback | null,
    history: { at: number; by: string; reason: string | null },
  ): Promise<AnomalyRecord | null>;
  history(projectId: number, id: number): Promise<AnomalyDetail["history"]>;
  /** By id; an anomaly that nobody has touched has none. */
  histories(projectId: number, ids: readonly number[]): Promise<Map<number, AnomalyDetail["history"]>>;

  listStreams(projectId: number, kind: Subject["kind"] | null): Promise<StreamRecord[]>;
  getStream(subject: Subject): Promise<StreamRecord | null>;
  /** Returns the existing one when there is one; null when the project has `maxStreams` already. */
  createStream(
    subject: Subject,
    settings: { profile: ProfileName; at: number },
    maxStreams: number,
  ): Promise<StreamRecord | null>;
  /** Writes the settings and one tuning row for each that changed. */
  changeStream(
    subject: Subject,
    change: Partial<StreamSettings & { level: number; anchor: Json }>,
    rows: TuningRow[],
  ): Promise<StreamRecord | null>;
  /** What the stream was given as its anchor, a document of its owner; it goes with the stream. */
  getAnchor(subject: Subject): Promise<Json>;
  listTuning(subject: Subject, limit: number): Promise<TuningRow[]>;
  deleteStream(subject: Subject): Promise<boolean>;
}
