import type { LiveMessage, LiveRequest } from "@gatewatch/protocol";
import type { Clock } from "../../model/clock.ts";
import type { IssueOutcome } from "../../model/issue.ts";
import type { DigestNotice } from "../../model/live.ts";
import type { Shared } from "../../model/shared.ts";
import type { Store } from "../../model/store.ts";
import { toIssueRows } from "../queries/to-issue-row.ts";
import type { StreamSink } from "../route.ts";
import {
  ANALYSED_TOPIC,
  DIGESTED_TOPIC,
  ISSUE_CHANGED_TOPIC,
  SESSION_ENDED_TOPIC,
  type IssueAnalysed,
  type IssuesChanged,
  type SessionEnded,
} from "./live-topics.ts";
import { loadStoredRows } from "./load-stored-rows.ts";

export const FLUSH_MS = 100;
const FLUSHES_PER_SECOND = 10;
const FLUSHES_PER_HEARTBEAT = 150;
/** Rows a second and project that go to the screens; the rest is counted. */
const ROWS_PER_SECOND = 200;
const RECENT_ROWS = 200;
const MAX_PROJECTS = 200;
const MAX_CLIENTS = 500;
const ISSUES_PER_LOOKUP = 25;
const MAX_PENDING_ISSUES = 500;

type Outcome = Extract<LiveMessage, { type: "issue" }>["outcome"];

/** Hands what the digest tells to everybody who watches. */
export interface LiveHub {
  /** Adds a watcher, with the person whose session it rests on; returns how to remove it. */
  open(projectId: number, sink: StreamSink, userId?: number | null): () => void;
  /** True when nobody more may watch. */
  isFull(): boolean;
  /** How many watch now. */
  clients(): number;
  close(): void;
}

interface Client {
  sink: StreamSink;
  userId: number | null;
  /** Rows that it never got because it was too slow. */
  missed: number;
}

interface ProjectFeed {
  clients: Set<Client>;
  recent: LiveRequest[];
  /** Whether the store was asked for what came before this server started. */
  asked: boolean;
  rows: LiveRequest[];
  skipped: number;
  /** Rows that may still be sent now. */
  allowance: number;
  issues: Map<number, Outcome>;
  analysed: Set<number>;
  looking: boolean;
  requests: number;
  errors: number;
  lagMs: number;
}

/** Builds the hub; it listens at once, so that a screen that opens sees the newest rows. */
export function createLiveHub(deps: {
  store: Pick<Store, "issues" | "telemetry">;
  shared: Pick<Shared, "subscribe">;
  clock: Clock;
}): LiveHub {
  const feeds = new Map<number, ProjectFeed>();
  let clients = 0;
  let timer: NodeJS.Timeout | undefined;
  let flushes = 0;

  const stops = [
    deps.shared.subscribe(DIGESTED_TOPIC, (message) => takeNotice(message as DigestNotice)),
    deps.shared.subscribe(ISSUE_CHANGED_TOPIC, (message) => {
      const { projectId, issueIds } = message as IssuesChanged;
      const feed = feeds.get(projectId);
      if (feed) for (const id of issueIds) noteIssue(feed, id, "changed");
    }),
    deps.shared.subscribe(ANALYSED_TOPIC, (message) => {
      const { projectId, issueId } = message as IssueAnalysed;
      const feed = feeds.get(projectId);
      if (feed && feed.clients.size > 0 && feed.analysed.size < MAX_PENDING_ISSUES) feed.analysed.add(issueId);
    }),
    deps.shared.subscribe(SESSION_ENDED_TOPIC, (message) => {
      const { userId } = message as SessionEnded;
      for (const feed of feeds.values())
        for (const client of feed.clients) if (client.userId === userId) void demandCredential(client);
    }),
  ];

  function feedOf(projectId: number): ProjectFeed {
    let feed = feeds.get(projectId);
    if (!feed) {
      if (feeds.size >= MAX_PROJECTS) dropIdleFeed();
      feed = {
        clients: new Set(),
        recent: [],
        asked: false,
        rows: [],
        skipped: 0,
        allowance: ROWS_PER_SECOND,
        issues: new Map(),
        analysed: new Set(),
        looking: false,
        requests: 0,
        errors: 0,
        lagMs: 0,
      };
      feeds.set(projectId, feed);
    }
    return feed;
  }

  function dropIdleFeed(): void {
    for (const [id, feed] of feeds) {
      if (feed.clients.size > 0) continue;
      feeds.delete(id);
      return;
    }
  }

  async function recall(projectId: number, feed: ProjectFeed): Promise<void> {
    feed.asked = true;
    try {
      const rows = await loadStoredRows(deps.store, { projectId, now: deps.clock(), limit: RECENT_ROWS });
      // What came meanwhile was sent already, and older rows after newer ones would confuse.
      if (rows.length === 0 || feed.recent.length > 0) return;
      feed.recent = rows;
      for (const client of feed.clients) client.sink.send(formatRows(rows, 0));
    } catch {
      // The screen begins empty then, and the next one asks again.
      feed.asked = false;
    }
  }

  function takeNotice(notice: DigestNotice): void {
    const feed = feedOf(notice.projectId);
    feed.recent = [...feed.recent, ...notice.requests].slice(-RECENT_ROWS);
    if (feed.clients.size === 0) return;
    feed.requests += notice.requests.length + notice.skipped;
    feed.errors += notice.errors;
    feed.lagMs = notice.lagMs;
    const rows = [...feed.rows, ...notice.requests];
    const over = Math.max(0, rows.length - ROWS_PER_SECOND);
    feed.rows = rows.slice(over);
    feed.skipped += notice.skipped + over;
    for (const { id, outcome } of notice.issues) noteIssue(feed, id, toOutcome(outcome));
  }

  function noteIssue(feed: ProjectFeed, id: number, outcome: Outcome): void {
    if (feed.clients.size === 0) return;
    const known = feed.issues.get(id);
    // `ongoing` is the weakest thing to say of an issue.
    if (known !== undefined && outcome === "ongoing") return;
    if (known === undefined && feed.issues.size >= MAX_PENDING_ISSUES) return;
    feed.issues.set(id, outcome);
  }

  function flush(): void {
    flushes += 1;
    const second = flushes % FLUSHES_PER_SECOND === 0;
    for (const [projectId, feed] of feeds) {
      if (feed.clients.size === 0) continue;
      flushRows(feed);
      flushAnalysed(feed);
      if (feed.issues.size > 0 && !feed.looking) void flushIssues(projectId, feed, second);
      if (second) flushTick(feed);
      if (flushes % FLUSHES_PER_HEARTBEAT === 0) for (const client of feed.clients) void keepAlive(client);
    }
  }

  function flushRows(feed: ProjectFeed): void {
    feed.allowance = Math.min(ROWS_PER_SECOND, feed.allowance + ROWS_PER_SECOND / FLUSHES_PER_SECOND);
    if (feed.rows.length === 0 && feed.skipped === 0) return;
    const over = Math.max(0, feed.rows.length - feed.allowance);
    const rows = feed.rows.slice(over);
    const skipped = feed.skipped + over;
    feed.allowance -= rows.length;
    feed.rows = [];
    feed.skipped = 0;
    const text = formatRows(rows, skipped);
    for (const client of feed.clients) {
      const sent = client.sink.send(client.missed === 0 ? text : formatRows(rows, skipped + client.missed));
      client.missed = sent ? 0 : client.missed + rows.length + skipped;
    }
  }

  function flushAnalysed(feed: ProjectFeed): void {
    for (const issueId of feed.analysed) broadcast(feed, { type: "analysis", issueId });
    feed.analysed.clear();
  }

  async function flushIssues(projectId: number, feed: ProjectFeed, second: boolean): Promise<void> {
    // Issues that merely go on can wait for the full second: a storm must not become a storm of questions.
    const due = [...feed.issues].filter(([, outcome]) => second || outcome !== "ongoing").slice(0, ISSUES_PER_LOOKUP);
    if (due.length === 0) return;
    for (const [id] of due) feed.issues.delete(id);
    feed.looking = true;
    try {
      const records = await Promise.all(due.map(([id]) => deps.store.issues.get(projectId, id)));
      const rows = await toIssueRows(
        deps.store.issues,
        records.filter((record) => record !== null),
        deps.clock(),
      );
      const outcomes = new Map(due);
      for (const issue of rows) broadcast(feed, { type: "issue", issue, outcome: outcomes.get(issue.id) ?? "changed" });
    } catch {
      // A store that cannot answer now is told by the health page; the next notice asks again.
    } finally {
      feed.looking = false;
    }
  }

  function flushTick(feed: ProjectFeed): void {
    broadcast(feed, {
      type: "tick",
      time: deps.clock(),
      requestsPerSecond: feed.requests,
      errorsPerSecond: feed.errors,
      lagMs: feed.lagMs,
    });
    feed.requests = 0;
    feed.errors = 0;
  }

  return {
    open(projectId, sink, userId = null) {
      const feed = feedOf(projectId);
      const client: Client = { sink, userId, missed: 0 };
      feed.clients.add(client);
      clients += 1;
      timer ??= setInterval(flush, FLUSH_MS).unref();
      sink.send("retry: 2000\n\n");
      const rows = rowsSince(feed.recent, sink.lastEventId);
      if (rows.length > 0) sink.send(formatRows(rows, 0));
      if (feed.recent.length === 0 && !feed.asked) void recall(projectId, feed);
      return () => {
        if (!feed.clients.delete(client)) return;
        clients -= 1;
        if (clients === 0) {
          clearInterval(timer);
          timer = undefined;
        }
      };
    },
    isFull: () => clients >= MAX_CLIENTS,
    clients: () => clients,
    close() {
      clearInterval(timer);
      for (const stop of stops) stop();
      for (const feed of feeds.values()) for (const client of feed.clients) client.sink.end();
      feeds.clear();
    },
  };
}

async function keepAlive(client: Client): Promise<void> {
  client.sink.send(": alive\n\n");
  await demandCredential(client);
}

/** A session or token that was revoked must not go on watching. */
async function demandCredential(client: Client): Promise<void> {
  if (!(await client.sink.isStillAllowed().catch(() => false))) client.sink.end();
}

function broadcast(feed: ProjectFeed, message: LiveMessage): void {
  const text = `data: ${JSON.stringify(message)}\n\n`;
  for (const client of feed.clients) client.sink.send(text);
}

function formatRows(rows: LiveRequest[], skipped: number): string {
  const last = rows.at(-1);
  const id = last === undefined ? "" : `id: ${last.seq}\n`;
  return `${id}data: ${JSON.stringify({ type: "requests", rows, skipped } satisfies LiveMessage)}\n\n`;
}

/** Rows that a client who came back has not seen; all of them when its id is from before a restart. */
function rowsSince(recent: LiveRequest[], lastEventId: string | null): LiveRequest[] {
  const seen = Number(lastEventId ?? Number.NaN);
  const newest = recent.at(-1)?.seq ?? 0;
  return Number.isFinite(seen) && seen <= newest ? recent.filter((row) => row.seq > seen) : recent;
}

function toOutcome(outcome: IssueOutcome): Outcome {
  return outcome === "woken" ? "changed" : outcome;
}
