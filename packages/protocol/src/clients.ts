/** Shapes of the REST API about what clients tell beside errors; times are epoch milliseconds. Every text in them may be a stranger's. */

export const MONITOR_STATES = ["ok", "running", "failed", "missed", "overrun"] as const;
/** Of its last run: over and good, under way, over and bad, not begun in time, not ended in time. */
export type MonitorState = (typeof MONITOR_STATES)[number];

/** When a job is to run: `crontab` has five fields, `interval` a number of units. */
export interface MonitorSchedule {
  kind: "crontab" | "interval";
  value: string;
  /** Of an interval: minute, hour, day, week, month or year. */
  unit: string | null;
  /** IANA name; null: UTC. */
  timezone: string | null;
}

/** A scheduled job in one environment. */
export interface MonitorRow {
  slug: string;
  environment: string;
  /** Null until a client has told it: nothing is missed without one. */
  schedule: MonitorSchedule | null;
  /** Minutes that a run may be late. */
  marginMin: number;
  /** Minutes that a run may take. */
  maxRuntimeMin: number;
  failureThreshold: number;
  recoveryThreshold: number;
  state: MonitorState;
  /** Enough runs went wrong, and not enough went well since: its issue is open. */
  down: boolean;
  /** In a row. */
  failures: number;
  successes: number;
  lastCheckInAt: number;
  lastDurationS: number | null;
  /** When the next run is expected. */
  expectedAt: number | null;
  createdAt: number;
}

export interface MonitorList {
  monitors: MonitorRow[];
}

/** The sessions of a release in one environment. */
export interface ReleaseRow {
  release: string;
  environment: string;
  sessions: number;
  /** Ended well, with errors on the way. */
  errored: number;
  /** Ended without a word. */
  abnormal: number;
  crashed: number;
  /** Share from 0 to 1; null without sessions. */
  crashFreeSessions: number | null;
  /** Estimate of distinct people, as far as clients name them. */
  users: number;
  /** Share from 0 to 1 of the people of whole days (UTC); null when nobody is named. */
  crashFreeUsers: number | null;
  /** Hours in which the first and the newest of these sessions began. */
  firstSeen: number;
  lastSeen: number;
}

export interface ReleaseList {
  from: number;
  to: number;
  releases: ReleaseRow[];
}

/** What a person wrote about the app. */
export interface FeedbackRow {
  id: number;
  at: number;
  /** Of the error that it is about, and its issue, as far as they are known. */
  errorId: string | null;
  issueId: number | null;
  message: string;
  name: string | null;
  email: string | null;
  url: string | null;
  release: string | null;
  environment: string | null;
}

export interface FeedbackList {
  feedback: FeedbackRow[];
  nextCursor: string | null;
}
