import type { DetectableEvent, EventDetector, Profile, SeriesDetector, SeriesKind } from "@gatewatch/detect";

/** An event that an app has seen, and when. */
export interface SeenEvent {
  atMs: number;
  event: DetectableEvent;
}

/** The detectors that the watch works with; a snapshot that is no snapshot makes `restore…` throw. */
export interface DetectorKit {
  /** About how many points or events a detector has to see before it judges. */
  readonly needs: { series: number; events: number };
  createSeries(options: { kind: SeriesKind; intervalMs: number; profile: Profile }): SeriesDetector;
  restoreSeries(snapshot: Uint8Array): SeriesDetector;
  createEvents(options: { profile: Profile }): EventDetector;
  restoreEvents(snapshot: Uint8Array): EventDetector;
  /** What a process has seen, in order; throws for bytes that are no log. */
  readLog(bytes: Uint8Array): readonly SeenEvent[];
  /** A bound on the share of false ones among what people are told. */
  createBound(target: number): DiscoveryBound;
  restoreBound(state: Uint8Array): DiscoveryBound;
}

/** Decides one p-value after the other whether it is a discovery, so that at most `target` of these are false. */
export interface DiscoveryBound {
  /** `level` is what this p-value had to stay below. */
  decide(pValue: number): { isDiscovery: boolean; level: number };
  toBytes(): Uint8Array;
}
