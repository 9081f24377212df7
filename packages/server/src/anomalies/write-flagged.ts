import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import type { AnomalyRecord } from "../model/anomaly.ts";
import { computeCompression } from "./compression-figures.ts";
import { cutEvent } from "./cut-event.ts";
import type { EventJudge, FlaggedEvent } from "./judge-events.ts";
import { boundScore } from "./stretch.ts";
import type { WatchTurn } from "./watch-turn.ts";

const MAX_PER_TURN = 200;
/** Events of one kind that follow each other within this time are one anomaly. */
const TOGETHER_MS = 60_000;
const MAX_SPAN_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;
/** Further anomalies of a stream in an hour are counted with its last. */
const MAX_PER_HOUR = 120;

export interface FlaggedWriterDeps {
  judge: EventJudge;
  redactorOf(projectId: number): Promise<Redactor>;
}

/** Turns flagged events into records: each by itself, or with those that came just before it. */
export class FlaggedWriter {
  readonly #deps: FlaggedWriterDeps;
  /** Of the events that wait, those in the turn under way. */
  #handedOut = 0;

  constructor(deps: FlaggedWriterDeps) {
    this.#deps = deps;
  }

  /** Puts what waits into the turn; it goes on waiting until the turn is written. */
  async put(turn: WatchTurn): Promise<void> {
    const batch = this.#deps.judge.waiting.slice(0, MAX_PER_TURN);
    this.#handedOut = batch.length;
    for (const flagged of batch) await this.#place(flagged, turn);
    turn.afterwards(() => this.#settle());
  }

  /** What came of a turn that failed. */
  resolve(wasWritten: boolean): void {
    // The records in memory may be ahead of those that are stored.
    for (const { stream } of this.#deps.judge.waiting) stream.last = null;
    if (wasWritten) this.#settle();
    this.#handedOut = 0;
  }

  #settle(): void {
    this.#deps.judge.waiting.splice(0, this.#handedOut);
    this.#handedOut = 0;
  }

  /** Makes a record of the event, or lets it join the last one. */
  async #place(flagged: FlaggedEvent, turn: WatchTurn): Promise<void> {
    const { stream, atMs, level, told, discovery } = flagged;
    const field = flagged.findings[0]?.field ?? "";
    const hour = atMs - (atMs % HOUR_MS);
    if (stream.hourly.hour !== hour) stream.hourly = { hour, count: 0 };
    const isCrowded = stream.hourly.count >= MAX_PER_HOUR;
    const last = stream.last;
    if (last !== null && belongsTo(last.record, atMs, isCrowded || last.field === field)) {
      await this.#join(last.record, flagged, turn);
      turn.putAnomaly(last.record, (row) => (last.record.id = row.id));
      return;
    }
    if (isCrowded) {
      this.#deps.judge.noteDropped();
      return;
    }
    stream.hourly.count += 1;
    const record: AnomalyRecord = {
      ...stream.subject,
      id: 0,
      startedAt: atMs,
      endedAt: atMs,
      level,
      count: 1,
      feedback: null,
      told,
      series: null,
      discovery,
      ...(await this.#evidenceOf(flagged)),
    };
    stream.last = { record, field };
    if (told) this.#tell(record, turn);
    turn.putAnomaly(record, (row) => (record.id = row.id));
  }

  #tell(record: AnomalyRecord, turn: WatchTurn): void {
    record.told = true;
    turn.tell(record);
    turn.count(record.projectId, record.startedAt, { told: 1 });
  }

  async #join(record: AnomalyRecord, flagged: FlaggedEvent, turn: WatchTurn): Promise<void> {
    if (flagged.told && !record.told) {
      record.discovery = flagged.discovery;
      this.#tell(record, turn);
    }
    record.count += 1;
    record.endedAt = Math.max(record.endedAt ?? 0, flagged.atMs);
    if (flagged.verdict.pValue < record.pValue) Object.assign(record, await this.#evidenceOf(flagged));
  }

  async #evidenceOf({ stream, event, normal, verdict, findings, why }: FlaggedEvent) {
    // What was learned was redacted by the rules of its time.
    const redactor = await this.#deps.redactorOf(stream.subject.projectId);
    return {
      pValue: verdict.pValue,
      score: boundScore(verdict.score),
      why,
      findings,
      event,
      normal: normal === null ? null : cutEvent(redactor.redactValue(normal)),
      compression: await computeCompression(stream.recent.list(), [JSON.stringify(event)]),
    };
  }
}

function belongsTo(last: AnomalyRecord, atMs: number, isAlike: boolean): boolean {
  return isAlike && atMs - (last.endedAt ?? 0) <= TOGETHER_MS && atMs - last.startedAt <= MAX_SPAN_MS;
}
