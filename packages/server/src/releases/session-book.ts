import {
  type ClientSession,
  type ReleaseHealthCell,
  type ReleaseUsers,
  SESSION_STATUSES,
  type SessionStatus,
} from "../model/client-records.ts";
import { HyperLogLog } from "../model/hyperloglog.ts";
import type { SessionNews } from "./read-session.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What is known of a session is kept for so long: a later word on it would count it anew. */
const SESSION_MS = 5 * DAY_MS;

type Counts = Pick<ReleaseHealthCell, "sessions" | "errored" | "abnormal" | "crashed">;

/** Counts the sessions of one project and unit, each once, in the gravest state that was told of it. */
export class SessionBook {
  private readonly projectId: number;
  private readonly hasRoom: (startedAt: number) => boolean;
  private readonly known: Map<string, ClientSession>;
  private readonly changed = new Map<string, ClientSession>();
  private readonly cells = new Map<string, ReleaseHealthCell>();
  private readonly people = new Map<string, { row: ReleaseUsers; users: HyperLogLog; crashed: HyperLogLog }>();

  /** `hasRoom`: whether a new session that began then may be remembered. */
  constructor(projectId: number, known: readonly ClientSession[], hasRoom: (startedAt: number) => boolean) {
    this.projectId = projectId;
    this.hasRoom = hasRoom;
    this.known = new Map(known.map((session) => [session.session, session]));
  }

  /** `now` in epoch milliseconds. */
  add(news: SessionNews, now: number): void {
    const { session, startedAt, counts } = news;
    if (session === null) {
      const { healthy, errored, abnormal, crashed } = counts;
      this.count(news, startedAt, { sessions: healthy + errored + abnormal + crashed, errored, abnormal, crashed });
      return;
    }
    const status = SESSION_STATUSES.find((name) => counts[name] > 0) ?? "healthy";
    const before = this.known.get(session);
    if (before === undefined) {
      if (startedAt < now - SESSION_MS || !this.hasRoom(startedAt)) return;
      const { release, environment } = news;
      this.keep({ projectId: this.projectId, session, startedAt, release, environment, status });
      this.count(news, startedAt, { ...countsOf(status, 1), sessions: 1 });
    } else if (SESSION_STATUSES.indexOf(status) > SESSION_STATUSES.indexOf(before.status)) {
      this.keep({ ...before, status });
      const [plus, minus] = [countsOf(status, 1), countsOf(before.status, -1)];
      this.count(before, before.startedAt, {
        sessions: 0,
        errored: plus.errored + minus.errored,
        abnormal: plus.abnormal + minus.abnormal,
        crashed: plus.crashed + minus.crashed,
      });
    }
    if (news.user !== null) this.addUser(news.user, this.known.get(session)!);
  }

  listSessions(): ClientSession[] {
    return [...this.changed.values()];
  }

  listCells(): ReleaseHealthCell[] {
    return [...this.cells.values()];
  }

  /** Days of which something has to be merged. */
  listDays(): number[] {
    return [...new Set(Array.from(this.people.values(), ({ row }) => row.day))];
  }

  /** What is known of the people, and who came by this unit. */
  mergeUsers(stored: readonly ReleaseUsers[]): ReleaseUsers[] {
    const known = new Map(stored.map((row) => [keyOf(row, row.day), row]));
    return Array.from(this.people, ([key, { row, users, crashed }]) => {
      const before = known.get(key);
      if (before !== undefined) {
        users.merge(HyperLogLog.parse(before.users));
        crashed.merge(HyperLogLog.parse(before.crashed));
      }
      return { ...row, users: users.toBytes(), crashed: crashed.toBytes() };
    });
  }

  private keep(session: ClientSession): void {
    this.known.set(session.session, session);
    this.changed.set(session.session, session);
  }

  private count({ release, environment }: Named, startedAt: number, counts: Counts): void {
    const hour = startedAt - (startedAt % HOUR_MS);
    const key = keyOf({ release, environment }, hour);
    const none = { sessions: 0, errored: 0, abnormal: 0, crashed: 0 };
    const cell = this.cells.get(key) ?? { projectId: this.projectId, release, environment, hour, ...none };
    cell.sessions += counts.sessions;
    cell.errored += counts.errored;
    cell.abnormal += counts.abnormal;
    cell.crashed += counts.crashed;
    this.cells.set(key, cell);
  }

  private addUser(user: string, { release, environment, startedAt, status }: ClientSession): void {
    const day = startedAt - (startedAt % DAY_MS);
    const key = keyOf({ release, environment }, day);
    let people = this.people.get(key);
    if (people === undefined) {
      const none = new Uint8Array();
      const row = { projectId: this.projectId, day, release, environment, users: none, crashed: none };
      this.people.set(key, (people = { row, users: new HyperLogLog(), crashed: new HyperLogLog() }));
    }
    people.users.add(user);
    if (status === "crashed") people.crashed.add(user);
  }
}

interface Named {
  release: string;
  environment: string;
}

function countsOf(status: SessionStatus, by: number): Omit<Counts, "sessions"> {
  const of = (name: SessionStatus) => (status === name ? by : 0);
  return { errored: of("errored"), abnormal: of("abnormal"), crashed: of("crashed") };
}

function keyOf({ release, environment }: Named, time: number): string {
  return JSON.stringify([release, environment, time]);
}
