import type { AnomalyFeedback, DetectAnswer, HealthAnswer, Json, StreamRow, StreamSettings } from "@gatewatch/protocol";
import type { AnomalyRecord, Subject } from "./anomaly.ts";
import type { DetectionVerbs } from "./detection.ts";

/** What the API asks of the watch over traffic and event streams. */
export interface WatchVerbs extends DetectionVerbs {
  /** Judges events, then learns them. Throws `invalid_request` when the project has no room for one more stream. */
  judgeEvents(projectId: number, stream: string, events: readonly Record<string, Json>[]): Promise<DetectAnswer>;
  /** Says what people think of an anomaly, to the store and to its detector; null when there is no such anomaly. */
  giveFeedback(order: {
    projectId: number;
    id: number;
    feedback: AnomalyFeedback | null;
    reason: string | null;
    by: string;
    at: number;
  }): Promise<AnomalyRecord | null>;
  /** Everything that is watched in the project, as it is now. */
  listStreams(projectId: number): Promise<StreamRow[]>;
  getStream(subject: Subject): Promise<StreamRow | null>;
  /** With a row of history for each setting that changes; null when there is no such stream. */
  changeStream(
    subject: Subject,
    patch: Partial<StreamSettings>,
    change: { by: string; at: number; reason: string },
  ): Promise<StreamRow | null>;
  /** Forgets what a stream has learned and that it is there; traffic that goes on is watched anew. */
  dropStream(subject: Subject): Promise<boolean>;
  /** What the stream's detector knows; null when `ifNot` is its version still. Throws `not_found`. */
  readState(projectId: number, stream: string, ifNot: string | null): Promise<StreamState | null>;
  /**
   * Learns what one process has seen since its last delta, a log of events. A sequence number that was seen from it changes nothing.
   * Throws `invalid_request` for bytes that are none: nothing of them is kept.
   */
  mergeState(delta: StreamDelta): Promise<StreamState>;
  /** Counts for the health page. */
  health(): WatchHealth;
}

export interface StreamState {
  /** Changes whenever the detector has learned. */
  version: string;
  snapshot: Uint8Array;
}

export interface StreamDelta {
  projectId: number;
  stream: string;
  /** Made by the process that learned, for its lifetime. */
  replica: string;
  /** Grows with each delta of a replica. */
  sequence: number;
  /** Events, as `writeEventLog` makes it. */
  log: Uint8Array;
}

export type WatchHealth = NonNullable<HealthAnswer["watch"]>;
