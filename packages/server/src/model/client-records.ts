import type { FeedbackRow, MonitorRow } from "@gatewatch/protocol";

/** What clients tell beside events: runs of scheduled jobs, the health of releases, and what source maps are made of. */

/** A scheduled job in one environment. */
export interface MonitorRecord extends Omit<MonitorRow, "down"> {
  projectId: number;
  /** Of the run that was heard of last. */
  checkInId: string | null;
  /** By when something must be heard: of the next run, its margin included, or of the end of this one. */
  dueAt: number | null;
}

/** One session of a client that tells of each by itself. */
export interface ClientSession {
  projectId: number;
  /** Digits of a hash. */
  session: string;
  startedAt: number;
  release: string;
  environment: string;
  status: SessionStatus;
}

/** From the mildest to the gravest; a session never gets milder. */
export const SESSION_STATUSES = ["healthy", "errored", "abnormal", "crashed"] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

/** Sessions of a release that began within an hour. */
export interface ReleaseHealthCell {
  projectId: number;
  release: string;
  environment: string;
  /** Its begin. */
  hour: number;
  sessions: number;
  errored: number;
  abnormal: number;
  crashed: number;
}

/** People who used a release on a day, as far as their clients name them. */
export interface ReleaseUsers {
  projectId: number;
  /** Its begin (UTC). */
  day: number;
  release: string;
  environment: string;
  /** HyperLogLog registers. */
  users: Uint8Array;
  /** Of those whose session crashed. */
  crashed: Uint8Array;
}

/** What a person wrote about an app. Its issue is as it was when the feedback came; the error itself is asked first. */
export interface FeedbackOrder extends Omit<FeedbackRow, "id"> {
  projectId: number;
}

export interface FeedbackRecord extends FeedbackRow {
  projectId: number;
}

/** A file of a build: a generated script or its source map. */
export interface ArtifactOrder {
  projectId: number;
  kind: "script" | "map";
  /** Lower case, with dashes; null of files that are found by release and path. */
  debugId: string | null;
  /** As the bundle names it, for example `~/assets/app.js`. */
  path: string;
  /** Of a script: the path of its map, as it names it. */
  mapPath: string | null;
  release: string | null;
  dist: string | null;
  bytes: number;
  at: number;
  /** Packed with zstd. */
  body: Uint8Array;
}

export interface ArtifactRecord extends Omit<ArtifactOrder, "body"> {
  id: number;
}

/** What is kept of what clients tell beside events. */
export interface ClientStore {
  /** By slug and environment. */
  listMonitors(projectId: number): Promise<MonitorRecord[]>;
  /** Monitors of every project of which something should have been heard, the latest ones first. */
  listOverdueMonitors(now: number, limit: number): Promise<MonitorRecord[]>;
  /** False when something was heard meanwhile. */
  noteOverdue(before: MonitorRecord, after: MonitorRecord): Promise<boolean>;
  deleteMonitor(projectId: number, slug: string): Promise<boolean>;

  /** Cells of every release, summed over [from, to), the newest first. */
  sumReleaseHealth(
    projectId: number,
    from: number,
    to: number,
  ): Promise<(Omit<ReleaseHealthCell, "hour" | "projectId"> & { firstHour: number; lastHour: number })[]>;

  /** By release and environment over the days that begin within [from, to): at most 2,000 of them, the newest first. */
  listReleaseUsers(projectId: number, from: number, to: number): Promise<ReleaseUsers[]>;

  /** The newest first, with ids below `before`; of one issue or of all. */
  listFeedback(
    projectId: number,
    question: { issueId: number | null; before: number | null; limit: number },
  ): Promise<FeedbackRecord[]>;

  /** Keeps a part of an upload for a day, by the SHA-1 of what it holds. */
  putUploadChunk(projectId: number, digest: string, body: Uint8Array, at: number): Promise<void>;
  /** Those of the digests whose parts are there. */
  findUploadChunks(projectId: number, digests: readonly string[]): Promise<string[]>;
  getUploadChunk(projectId: number, digest: string): Promise<Uint8Array | null>;
  dropUploadChunks(projectId: number, digests: readonly string[]): Promise<void>;
  /** Bytes of the parts that are kept. */
  measureUploadChunks(projectId: number): Promise<number>;

  /** Replaces what has the same kind and debug id, or release, distribution and path. */
  putArtifact(order: ArtifactOrder): Promise<void>;
  /** Beyond so many packed bytes or files of the project the oldest go; how many went. */
  dropOldestArtifacts(projectId: number, maxBytes: number, maxFiles: number): Promise<number>;
  /** The newest first; of one release, of none (null), or of all. */
  listArtifacts(projectId: number, limit: number, release?: string | null): Promise<ArtifactRecord[]>;
  /** Those of a release, or those without one; how many there were. */
  deleteArtifacts(projectId: number, release: string | null): Promise<number>;
}

/** What a unit of digest reads and writes of it. */
export interface ClientDigestTx {
  getMonitors(projectId: number, slugs: readonly string[]): Promise<MonitorRecord[]>;
  countMonitors(projectId: number): Promise<number>;
  putMonitors(monitors: readonly MonitorRecord[]): Promise<void>;
  getClientSessions(projectId: number, sessions: readonly string[]): Promise<ClientSession[]>;
  putClientSessions(sessions: readonly ClientSession[]): Promise<void>;
  addReleaseHealth(cells: readonly ReleaseHealthCell[]): Promise<void>;
  /** Rows of these days. */
  getReleaseUsers(projectId: number, days: readonly number[]): Promise<ReleaseUsers[]>;
  putReleaseUsers(rows: readonly ReleaseUsers[]): Promise<void>;
  addFeedback(rows: readonly FeedbackOrder[]): Promise<void>;
  /** Files with these debug ids. */
  findArtifacts(projectId: number, debugIds: readonly string[]): Promise<ArtifactRecord[]>;
  /** Files of these releases without a debug id of their own that counts. */
  findReleaseArtifacts(projectId: number, releases: readonly string[]): Promise<ArtifactRecord[]>;
  /** Packed with zstd. */
  readArtifact(id: number): Promise<Uint8Array | null>;
}
