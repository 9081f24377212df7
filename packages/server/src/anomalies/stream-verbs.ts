import type { StreamRow } from "@gatewatch/protocol";
import type { StreamRecord, Subject } from "../model/anomaly.ts";
import type { Store } from "../model/store.ts";
import type { WatchVerbs } from "../model/watch.ts";
import { changeSettings } from "./change-stream.ts";
import type { DetectorKit } from "./detector-kit.ts";
import type { DiscoveryLedger } from "./discovery-ledger.ts";
import type { EventStreams } from "./event-streams.ts";
import type { TurnRunner } from "./run-turns.ts";
import { keyOf, settingsOf } from "./series-book.ts";
import { showStream } from "./show-stream.ts";
import { createSlicer } from "./slice-work.ts";
import type { Stretch } from "./stretch.ts";
import type { SeriesWatch } from "./watch-series.ts";

export interface StreamVerbsDeps {
  store: Pick<Store, "anomalies">;
  kit: Pick<DetectorKit, "needs">;
  series: SeriesWatch;
  streams: EventStreams;
  ledger: DiscoveryLedger;
  turns: TurnRunner;
  /** Hears of the anomaly that was open of a series which people have deleted. */
  onRemoved(stretch: Stretch): void;
}

export interface StreamVerbs extends Pick<WatchVerbs, "listStreams" | "getStream" | "changeStream" | "dropStream"> {
  /** Takes over what people have changed. */
  takeOver(stored: StreamRecord): void;
}

/** What people see of streams and series, and do with them. */
export function createStreamVerbs(deps: StreamVerbsDeps): StreamVerbs {
  const { store, series, streams, ledger, turns } = deps;
  const slice = createSlicer();

  function takeOver(stored: StreamRecord): void {
    if (stored.kind === "series") return series.book.takeOver(stored);
    const open = streams.peek(stored);
    if (open !== undefined) Object.assign(open.record, settingsOf(stored));
  }

  /** The stored row of a stream; a series that is watched gets one before its first snapshot. */
  async function findRecord(subject: Subject): Promise<StreamRecord | null> {
    const stored = await store.anomalies.getStream(subject);
    const watched = series.book.find(subject);
    if (stored !== null || watched === undefined) return stored;
    const { profile, createdAt: at } = watched.stream;
    return store.anomalies.createStream(subject, { profile, at }, Number.MAX_SAFE_INTEGER);
  }

  function showCounted(record: StreamRecord, count: number): StreamRow {
    const facts = factsOf(record, deps);
    return showStream(facts.record, facts, count);
  }

  const show = async (record: StreamRecord) => showCounted(record, await store.anomalies.countOf(record));

  return {
    takeOver,
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
        rows.push(showCounted(record, countOf.get(keyOf(record)) ?? 0));
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
      await ledger.open();
      const watched = series.book.forget(subject);
      streams.forget(subject);
      if (subject.kind === "event") ledger.forgetStream(subject.projectId, subject.stream);
      const wasStored = await turns.deleteStored(subject);
      streams.forget(subject);
      if (watched?.stretch) deps.onRemoved(watched.stretch);
      return wasStored || watched !== undefined;
    },
  };
}

/** What a subject's detector knows, when it is in memory. */
function factsOf(record: StreamRecord, { kit, series, streams }: Pick<StreamVerbsDeps, "kit" | "series" | "streams">) {
  const { needs } = kit;
  const watched = record.kind === "series" ? series.book.find(record) : undefined;
  if (watched !== undefined) {
    const { stream, state, detector } = watched;
    return { record: stream, state, needs: needs.series, quarantined: 0, drift: 0, bytes: detector.bytes };
  }
  const open = record.kind === "event" ? streams.peek(record) : undefined;
  if (open !== undefined) {
    const { quarantined, drift, bytes } = open.detector.stats;
    return { record: open.record, state: open.state, needs: needs.events, quarantined, drift, bytes };
  }
  const state = record.judged > 0 ? ("ready" as const) : ("calibrating" as const);
  const needed = needs[record.kind === "series" ? "series" : "events"];
  return { record, state, needs: needed, quarantined: 0, drift: 0, bytes: 0 };
}
