import type { StreamRow } from "@gatewatch/protocol";
import type { OutboxRow } from "../model/alert.ts";
import type { AnomalyRecord, StreamRecord, Subject } from "../model/anomaly.ts";
import type { Clock } from "../model/clock.ts";
import type { DigestNotice } from "../model/live.ts";
import { type PollingWorker, startPolling } from "../model/start-polling.ts";
import type { Store } from "../model/store.ts";
import type { WatchVerbs } from "../model/watch.ts";
import { changeSettings, tuneStream } from "./change-stream.ts";
import { createDetectionVerbs } from "./detection-verbs.ts";
import { isBeginning } from "./cut-event.ts";
import type { DetectorKit } from "./detector-kit.ts";
import { DiscoveryLedger } from "./discovery-ledger.ts";
import { EventStreams } from "./event-streams.ts";
import { mergeState, readState } from "./exchange-state.ts";
import { EventJudge } from "./judge-events.ts";
import { createProjectRedactors } from "./project-redactors.ts";
import { RequestSampler } from "./request-sampler.ts";
import { keyOf, settingsOf, type WatchedSeries } from "./series-book.ts";
import { showStream } from "./show-stream.ts";
import { createSlicer } from "./slice-work.ts";
import type { Stretch } from "./stretch.ts";
import { TallyBook } from "./tally-book.ts";
import { type SeriesLimits, SeriesWatch } from "./watch-series.ts";
import { WatchTurn } from "./watch-turn.ts";
import { FlaggedWriter } from "./write-flagged.ts";

const IDLE_MS = 1_000;
const AFTER_CRASH_MS = 5_000;
/** What the end of the process waits for; the rest is learned again from the rollups. */
const MAX_LAST_SNAPSHOTS = 2_000;

export interface WatchDeps {
  store: Store;
  kit: DetectorKit;
  clock: Clock;
  /** Since when events wait to be digested; null when none does. */
  behindSince(): number | null;
  /** Whom to tell of these anomalies of one turn; the rows are written with them. */
  decideAlerts(told: readonly AnomalyRecord[], at: number): Promise<OutboxRow[]>;
  /** There are new alerts to deliver. */
  onAlerts?(): void;
  onCrash(error: unknown): void;
  reportDamage(subject: Subject, error: unknown): void;
  limits?: SeriesLimits;
}

type FeedbackOrder = Parameters<WatchVerbs["giveFeedback"]>[0];

/** The watch over all traffic and every event stream. */
export interface Watch extends WatchVerbs {
  /** Hears of each committed unit of digest. */
  takeNotice(notice: DigestNotice): void;
  /** A project's names of secrets have changed. */
  forgetKeys(projectId: number): void;
  /** One turn, for tests: judges what is due and writes it. Resolves to the milliseconds until the next. */
  turn(stop?: AbortSignal): Promise<number>;
  start(): void;
  /** Ends the turn under way, writes what detectors know, and stops. */
  stop(): Promise<void>;
}

export function createWatch(deps: WatchDeps): Watch {
  const { store, kit, clock, reportDamage } = deps;
  const ledger = new DiscoveryLedger(kit, store.anomalies);
  const redactors = createProjectRedactors(store, clock);
  const { redactorOf } = redactors;
  const series = new SeriesWatch({
    store,
    kit,
    ledger,
    clock,
    behindSince: deps.behindSince,
    reportDamage,
    ...(deps.limits === undefined ? {} : { limits: deps.limits }),
  });
  const streams = new EventStreams({ store, kit, clock, reportDamage });
  const tallies = new TallyBook();
  const judge = new EventJudge({ streams, redactorOf, tallies, ledger, clock });
  const writer = new FlaggedWriter({ judge, redactorOf });
  const sampler = new RequestSampler(clock);
  const slice = createSlicer();
  const exchange = { streams, kit, redactorOf };
  const never = new AbortController().signal;
  /** Stretches of series that people removed; the next turn ends them. */
  const removed: Stretch[] = [];
  let inDoubt: string | null = null;
  let failures = 0;
  let isStopping = false;
  /** The turn that is being filled or written, and its commit. */
  let underWay: WatchTurn | null = null;
  let committing: Promise<unknown> | null = null;
  let lastWord: Promise<unknown> = Promise.resolve();
  let polling: PollingWorker | undefined;

  async function runTurn(fill: (turn: WatchTurn) => Promise<void>): Promise<void> {
    const turn = new WatchTurn();
    underWay = turn;
    let isHandedOver = false;
    try {
      await resolveDoubt();
      await fill(turn);
      if (turn.isEmpty) return;
      const outbox = turn.told.length === 0 ? [] : await deps.decideAlerts(turn.told, clock());
      isHandedOver = true;
      const commit = store.anomalies.commitWatch(turn.toCommit(ledger, outbox));
      committing = commit;
      turn.settle(await commit);
      if (outbox.length > 0) deps.onAlerts?.();
    } catch (error) {
      failures += 1;
      series.reset();
      if (isHandedOver) inDoubt = turn.id;
      else if (inDoubt === null) forgetTurn(false);
      throw error;
    } finally {
      underWay = null;
      committing = null;
    }
  }

  /** Of a commit that failed nobody knows whether it was written, until the store is asked. */
  async function resolveDoubt(): Promise<void> {
    if (inDoubt === null) return;
    const wasWritten = (await store.anomalies.lastTurn()) === inDoubt;
    forgetTurn(wasWritten);
    inDoubt = null;
    if (!wasWritten) await series.noteUnwritten();
  }

  function forgetTurn(wasWritten: boolean): void {
    tallies.resolve(wasWritten);
    writer.resolve(wasWritten);
  }

  async function fillDraft(draft: WatchTurn): Promise<void> {
    await writer.put(draft);
    tallies.handOut(draft);
    const ended = [...removed];
    for (const stretch of ended) draft.putAnomaly(stretch.record, (row) => stretch.note(row));
    draft.afterwards(() => void removed.splice(0, ended.length));
  }

  async function turn(stop: AbortSignal = never): Promise<number> {
    let isBehind = false;
    await runTurn(async (draft) => {
      await streams.adapt();
      await judge.judgeRequests(sampler);
      isBehind = await series.run(draft, stop);
      await fillDraft(draft);
      await streams.putSnapshots(draft);
    });
    const nextMs = series.nextTurnInMs();
    // A minute that is due and cannot be closed yet, for the digest is behind, is not asked for again and again.
    return isBehind ? 0 : nextMs > 0 ? Math.min(IDLE_MS, nextMs) : IDLE_MS;
  }

  /** What a subject's detector knows, when it is in memory. */
  function factsOf(record: StreamRecord) {
    const watched = record.kind === "series" ? series.book.find(record) : undefined;
    if (watched !== undefined) {
      const { state, detector } = watched;
      return {
        record: watched.stream,
        state,
        needs: kit.needs.series,
        quarantined: 0,
        drift: 0,
        bytes: detector.bytes,
      };
    }
    const open = record.kind === "event" ? streams.peek(record) : undefined;
    if (open !== undefined) {
      const { quarantined, drift, bytes } = open.detector.stats;
      return { record: open.record, state: open.state, needs: kit.needs.events, quarantined, drift, bytes };
    }
    const needs = kit.needs[record.kind === "series" ? "series" : "events"];
    const state = record.judged > 0 ? ("ready" as const) : ("calibrating" as const);
    return { record, state, needs, quarantined: 0, drift: 0, bytes: 0 };
  }

  /** Takes over what people have changed. */
  function takeOver(stored: StreamRecord): void {
    if (stored.kind === "series") return series.book.takeOver(stored);
    const open = streams.peek(stored);
    if (open !== undefined) Object.assign(open.record, settingsOf(stored));
  }

  /** The stored row of a stream; a series that is watched gets one before its first snapshot. */
  async function findRecord(subject: Subject): Promise<StreamRecord | null> {
    const stored = await store.anomalies.getStream(subject);
    const watched: WatchedSeries | undefined = series.book.find(subject);
    if (stored !== null || watched === undefined) return stored;
    const { profile, createdAt: at } = watched.stream;
    return store.anomalies.createStream(subject, { profile, at }, Number.MAX_SAFE_INTEGER);
  }

  async function show(record: StreamRecord) {
    const count = await store.anomalies.countOf(record);
    const facts = factsOf(record);
    return showStream(facts.record, facts, count);
  }

  /** One word after the other: what is said twice is heard once, and two people at once tune a stream once. */
  async function hearFeedback({ projectId, id, feedback, reason, by, at }: FeedbackOrder) {
    const before = await store.anomalies.get(projectId, id);
    if (before === null || (before.feedback === feedback && reason === null)) return before;
    const record = await store.anomalies.setFeedback(projectId, id, feedback, { at, by, reason });
    if (record === null) return null;
    if (before.feedback !== feedback) await teach(record, at);
    const stored = await store.anomalies.getStream(record);
    if (stored !== null) takeOver((await tuneStream(store, stored, at)) ?? stored);
    return record;
  }

  /** An event of which only the beginning was kept teaches nothing. */
  async function teach({ kind, projectId, stream: name, event, feedback }: AnomalyRecord, at: number): Promise<void> {
    if (kind !== "event" || feedback === null || !isEvent(event) || isBeginning(event)) return;
    const stream = await streams.find(projectId, name);
    stream?.learnFeedback(event, feedback, at);
  }

  return {
    takeNotice(notice) {
      sampler.take(notice);
      const { requests, skipped, limited = 0, refused = 0 } = notice;
      tallies.add(notice.projectId, clock(), { requests: requests.length + skipped, limited, refused });
    },
    forgetKeys: (projectId) => redactors.forget(projectId),
    ...createDetectionVerbs({ judge, kit, redactorOf, clock }),
    judgeEvents: (projectId, stream, events) => judge.judge(projectId, stream, events),
    giveFeedback(order) {
      const heard = lastWord.then(() => hearFeedback(order));
      lastWord = heard.catch(() => undefined);
      return heard;
    },
    async listStreams(projectId) {
      const [stored, counts] = await Promise.all([
        store.anomalies.listStreams(projectId, null),
        store.anomalies.countBySubject(projectId),
      ]);
      const countOf = new Map(counts.map((row) => [keyOf(row), row.count]));
      const known = new Set(stored.map(keyOf));
      const project = series.book.projects.get(projectId);
      const young = [...(project?.routes.values() ?? [])]
        .flatMap((route) => [...route.series.values()].map(({ stream }) => stream))
        .filter((record) => !known.has(keyOf(record)));
      const rows: StreamRow[] = [];
      for (const record of [...stored, ...young]) {
        const facts = factsOf(record);
        rows.push(showStream(facts.record, facts, countOf.get(keyOf(record)) ?? 0));
        await slice();
      }
      return rows;
    },
    async getStream(subject) {
      const record = await findRecord(subject);
      return record === null ? null : show(record);
    },
    async changeStream(subject, patch, change) {
      const record = await findRecord(subject);
      const changed = record === null ? null : await changeSettings(store, record, patch, change);
      if (changed === null) return null;
      takeOver(changed);
      return show(changed);
    },
    async dropStream(subject) {
      const watched = series.book.forget(subject);
      streams.forget(subject);
      if (subject.kind === "event") ledger.forgetStream(subject.projectId, subject.stream);
      // What is about to be written would bring it back.
      underWay?.leaveOut(subject);
      await committing?.catch(() => undefined);
      const wasStored = await store.anomalies.deleteStream(subject);
      streams.forget(subject);
      underWay?.leaveOut(subject);
      if (watched?.stretch) removed.push(watched.stretch);
      return wasStored || watched !== undefined;
    },
    readState: (projectId, stream, ifNot) => readState(streams, projectId, stream, ifNot),
    mergeState: (delta) => mergeState(exchange, delta, clock()),
    health() {
      const { watchedUntil, series: count, bytes, turnedAway } = series.stats();
      const { events, dropped } = judge.stats();
      return {
        watchedUntil,
        series: count,
        eventStreams: streams.size,
        bytes: bytes + streams.bytes,
        events,
        failures,
        passedOver: { requests: sampler.passedOver, anomalies: dropped, routes: turnedAway },
      };
    },
    turn,
    start() {
      polling ??= startPolling({
        turn,
        onCrash: (error) => (isStopping ? undefined : deps.onCrash(error)),
        afterCrashMs: AFTER_CRASH_MS,
      });
    },
    async stop() {
      isStopping = true;
      await polling?.stop();
      await runTurn(async (draft) => {
        await fillDraft(draft);
        series.putAllSnapshots(draft, MAX_LAST_SNAPSHOTS);
        streams.putAllSnapshots(draft, MAX_LAST_SNAPSHOTS);
      }).catch(deps.onCrash);
    },
  };
}

function isEvent(value: AnomalyRecord["event"]): value is Record<string, NonNullable<AnomalyRecord["event"]>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
