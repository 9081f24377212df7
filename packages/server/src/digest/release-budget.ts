import type { SessionNews } from "../releases/read-session.ts";
import { RouteBudget } from "./route-budget.ts";

/** Releases and environments of one project and day; the sessions of further ones are counted together. */
const MAX_RELEASES_PER_DAY = 200;
/** Sessions of one project and day that are remembered by their ids; further ones are not counted. */
const MAX_SESSIONS_PER_DAY = 1_000_000;
const DAY_MS = 86_400_000;
/** Projects and days remembered at a time. */
const MAX_DAYS = 1024;

export const OVERFLOW_RELEASE = "*overflow*";

/** Bounds what clients can add to the health of releases by names and ids of their making. */
export class ReleaseBudget {
  private readonly names = new RouteBudget(MAX_RELEASES_PER_DAY);
  private readonly sessions = new Map<string, number>();
  private readonly maxSessions: number;

  constructor(maxSessions = MAX_SESSIONS_PER_DAY) {
    this.maxSessions = maxSessions;
  }

  /** The same news, under a common name where its own is one too many. */
  name(projectId: number, news: SessionNews): SessionNews {
    const key = JSON.stringify([news.release, news.environment]);
    return this.names.admit(projectId, news.startedAt, key) ? news : { ...news, release: OVERFLOW_RELEASE };
  }

  /** Takes the place of a new session; false when there is none. */
  take(projectId: number, startedAt: number): boolean {
    const day = `${projectId} ${Math.floor(startedAt / DAY_MS)}`;
    const count = this.sessions.get(day) ?? 0;
    if (count >= this.maxSessions) return false;
    this.sessions.set(day, count + 1);
    const oldest = this.sessions.keys().next().value!;
    if (this.sessions.size > MAX_DAYS) this.sessions.delete(oldest);
    return true;
  }
}
