import type { Subject } from "../model/anomaly.ts";
import type { DigestNotice } from "../model/live.ts";
import { type PollingWorker, startPolling } from "../model/start-polling.ts";
import type { WatchVerbs } from "../model/watch.ts";
import type { SeriesLimits } from "./admit-routes.ts";
import { createDetectionVerbs } from "./detection-verbs.ts";
import type { DetectorKit } from "./detector-kit.ts";
import { DiscoveryLedger } from "./discovery-ledger.ts";
import { EventStreams } from "./event-streams.ts";
import { mergeState, readState } from "./exchange-state.ts";
import { createFeedbackVerb } from "./hear-feedback.ts";
import { EventJudge } from "./judge-events.ts";
import { createProjectRedactors } from "./project-redactors.ts";
import { RequestSampler } from "./request-sampler.ts";
import { type TurnDeps, TurnRunner } from "./run-turns.ts";
import { createStreamVerbs } from "./stream-verbs.ts";
import type { Stretch } from "./stretch.ts";
import { TallyBook } from "./tally-book.ts";
import { SeriesWatch } from "./watch-series.ts";
import type { WatchTurn } from "./watch-turn.ts";
import { FlaggedWriter } from "./write-flagged.ts";

const IDLE_MS = 1_000;
const AFTER_CRASH_MS = 5_000;
/** What the end of the process waits for; the rest is learned again from the rollups. */
const MAX_LAST_SNAPSHOTS = 2_000;

export interface WatchDeps extends TurnDeps {
  kit: DetectorKit;
  /** Since when events wait to be digested; null when none does. */
  behindSince(): number | null;
  onCrash(error: unknown): void;
  reportDamage(subject: Subject, error: unknown): void;
  limits?: SeriesLimits;
}

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
  const exchange = { streams, kit, redactorOf };
  const never = new AbortController().signal;
  /** Stretches of series that people removed; the next turn ends them. */
  const removed: Stretch[] = [];
  const turns = new TurnRunner(deps, { ledger, series, tallies, writer });
  const onRemoved = (stretch: Stretch) => void removed.push(stretch);
  const { takeOver, ...streamVerbs } = createStreamVerbs({ store, kit, series, streams, ledger, turns, onRemoved });
  let isStopping = false;
  let polling: PollingWorker | undefined;

  async function fillDraft(draft: WatchTurn): Promise<void> {
    await writer.put(draft);
    tallies.handOut(draft);
    const ended = [...removed];
    for (const stretch of ended) draft.putAnomaly(stretch.record, (row) => stretch.note(row));
    draft.afterwards(() => void removed.splice(0, ended.length));
  }

  async function turn(stop: AbortSignal = never): Promise<number> {
    let isBehind = false;
    await turns.run(async (draft) => {
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

  return {
    takeNotice(notice) {
      sampler.take(notice);
      const { requests, skipped, limited = 0, refused = 0 } = notice;
      tallies.add(notice.projectId, clock(), { requests: requests.length + skipped, limited, refused });
    },
    forgetKeys: (projectId) => redactors.forget(projectId),
    ...createDetectionVerbs({ judge, kit, redactorOf, clock }),
    judgeEvents: (projectId, stream, events) => judge.judge(projectId, stream, events),
    giveFeedback: createFeedbackVerb({ store, streams, takeOver }),
    ...streamVerbs,
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
        failures: turns.failures,
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
      await turns
        .run(async (draft) => {
          await fillDraft(draft);
          series.putAllSnapshots(draft, MAX_LAST_SNAPSHOTS);
          streams.putAllSnapshots(draft, MAX_LAST_SNAPSHOTS);
        })
        .catch(deps.onCrash);
    },
  };
}
