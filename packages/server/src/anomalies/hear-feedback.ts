import type { AnomalyRecord, StreamRecord } from "../model/anomaly.ts";
import type { Store } from "../model/store.ts";
import type { WatchVerbs } from "../model/watch.ts";
import { tuneStream } from "./change-stream.ts";
import { isBeginning } from "./cut-event.ts";
import type { EventStreams } from "./event-streams.ts";

type FeedbackOrder = Parameters<WatchVerbs["giveFeedback"]>[0];

export interface FeedbackDeps {
  store: Pick<Store, "anomalies">;
  streams: EventStreams;
  /** Takes over what a word has changed of its stream. */
  takeOver(stored: StreamRecord): void;
}

/** One word after the other: what is said twice is heard once, and two people at once tune a stream once. */
export function createFeedbackVerb(deps: FeedbackDeps): WatchVerbs["giveFeedback"] {
  let lastWord: Promise<unknown> = Promise.resolve();
  return (order) => {
    const heard = lastWord.then(() => hearFeedback(order, deps));
    lastWord = heard.catch(() => undefined);
    return heard;
  };
}

async function hearFeedback(
  { projectId, id, feedback, reason, by, at }: FeedbackOrder,
  { store, streams, takeOver }: FeedbackDeps,
): Promise<AnomalyRecord | null> {
  const before = await store.anomalies.get(projectId, id);
  if (before === null || (before.feedback === feedback && reason === null)) return before;
  const record = await store.anomalies.setFeedback(projectId, id, feedback, { at, by, reason });
  if (record === null) return null;
  if (before.feedback !== feedback) await teach(record, streams, at);
  const stored = await store.anomalies.getStream(record);
  if (stored !== null) takeOver((await tuneStream(store, stored, at)) ?? stored);
  return record;
}

/** An event of which only the beginning was kept teaches nothing. */
async function teach(
  { kind, projectId, stream: name, event, feedback }: AnomalyRecord,
  streams: EventStreams,
  at: number,
): Promise<void> {
  if (kind !== "event" || feedback === null || !isEvent(event) || isBeginning(event)) return;
  const stream = await streams.find(projectId, name);
  stream?.learnFeedback(event, feedback, at);
}

function isEvent(value: AnomalyRecord["event"]): value is Record<string, NonNullable<AnomalyRecord["event"]>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
