import type { CustomEvent, Json, Resource } from "@gatewatch/protocol";
import type { SessionStatus } from "../model/client-records.ts";

/** Sessions of one release that begin together: one that its client names, or some that it has counted. */
export interface SessionNews {
  release: string;
  environment: string;
  startedAt: number;
  /** Digits of hashes; null of sessions that were counted. */
  session: string | null;
  user: string | null;
  counts: Readonly<Record<SessionStatus, number>>;
}

const DEFAULT_ENVIRONMENT = "production";
/** Any client may send an event of this name. */
const MAX_NAME = 64;
const MAX_COUNT = 1e9;
const NONE: SessionNews["counts"] = { healthy: 0, errored: 0, abnormal: 0, crashed: 0 };

/** Undefined when it names no release, or is no event of a session. */
export function tryReadSession(
  { attributes = {}, time }: CustomEvent,
  resource: Resource | undefined,
): SessionNews | undefined {
  const { release, environment = DEFAULT_ENVIRONMENT } = resource ?? {};
  if (release === undefined) return undefined;
  const { visit, user, startedAt, status, errors } = attributes;
  if (typeof visit !== "string") {
    const counts = {
      healthy: countOf(attributes["exited"]),
      errored: countOf(attributes["errored"]),
      abnormal: countOf(attributes["abnormal"]),
      crashed: countOf(attributes["crashed"]),
    };
    return { release, environment, startedAt: time, session: null, user: null, counts };
  }
  return {
    release,
    environment,
    startedAt:
      Number.isSafeInteger(startedAt) && (startedAt as number) >= 0 ? Math.min(startedAt as number, time) : time,
    session: visit.slice(0, MAX_NAME),
    user: typeof user === "string" ? user.slice(0, MAX_NAME) : null,
    counts: { ...NONE, [statusOf(status, errors)]: 1 },
  };
}

function statusOf(status: Json | undefined, errors: Json | undefined): SessionStatus {
  if (status === "crashed" || status === "abnormal") return status;
  return status === "unhandled" || (typeof errors === "number" && errors > 0) ? "errored" : "healthy";
}

function countOf(value: Json | undefined): number {
  return typeof value === "number" && value > 0 ? Math.floor(Math.min(value, MAX_COUNT)) : 0;
}
