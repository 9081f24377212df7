import { randomUUID } from "node:crypto";
import type { AnomalyRow } from "@gatewatch/protocol";
import type { AnomalyRecord, DetectorState, StreamRecord, Subject, WatchCommit, WatchTally } from "../model/anomaly.ts";
import type { DiscoveryLedger } from "./discovery-ledger.ts";
import { keyOf } from "./series-book.ts";

const TALLY_MS = 300_000;

/** Everything that one turn of watching has found; it is written in one commit. */
export class WatchTurn {
  readonly id: string = randomUUID();
  watchedUntil: number | null = null;
  /** What the store holds of that, as far as this process knows. */
  watchedFrom: number | null = null;
  readonly states: DetectorState[] = [];
  readonly streams = new Set<StreamRecord>();
  readonly dropped: Subject[] = [];
  /** Each with what hears its id. */
  readonly #anomalies = new Map<AnomalyRecord, (row: AnomalyRow) => void>();
  readonly #told = new Set<AnomalyRecord>();
  readonly #tallies = new Map<string, WatchTally & { projectId: number; time: number }>();
  readonly #settled: (() => void)[] = [];

  /** Writes the record as it is at the end of the turn; it may be added again and again. */
  putAnomaly(record: AnomalyRecord, onWritten: (row: AnomalyRow) => void): void {
    this.#anomalies.set(record, onWritten);
  }

  /** People are to be told of this one. */
  tell(record: AnomalyRecord): void {
    this.#told.add(record);
  }

  /** Writes nothing of what a subject knows: it was deleted meanwhile. */
  leaveOut(subject: Subject): void {
    const key = keyOf(subject);
    const at = this.states.findIndex((state) => keyOf(state) === key);
    if (at >= 0) this.states.splice(at, 1);
    for (const stream of this.streams) if (keyOf(stream) === key) this.streams.delete(stream);
  }

  get told(): AnomalyRecord[] {
    return [...this.#told];
  }

  /** Runs once the turn is written. */
  afterwards(step: () => void): void {
    this.#settled.push(step);
  }

  count(projectId: number, atMs: number, counts: Partial<WatchTally>): void {
    const time = atMs - (atMs % TALLY_MS);
    const key = `${projectId} ${time}`;
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      const nothing = { judged: 0, flagged: 0, expected: 0, told: 0, requests: 0, limited: 0, refused: 0 };
      this.#tallies.set(key, (tally = { projectId, time, ...nothing }));
    }
    for (const name of Object.keys(counts) as (keyof WatchTally)[]) tally[name] += counts[name] ?? 0;
  }

  get isEmpty(): boolean {
    return (
      this.watchedUntil === null &&
      this.states.length === 0 &&
      this.streams.size === 0 &&
      this.dropped.length === 0 &&
      this.#anomalies.size === 0 &&
      this.#tallies.size === 0
    );
  }

  toCommit(ledger: DiscoveryLedger, outbox: WatchCommit["outbox"]): WatchCommit {
    return {
      turn: this.id,
      watchedUntil: this.watchedUntil,
      watchedFrom: this.watchedFrom,
      states: this.states,
      streams: [...this.streams],
      anomalies: [...this.#anomalies.keys()],
      outbox,
      dropped: this.dropped,
      tallies: [...this.#tallies.values()],
      discovery: ledger.takeChanged(),
    };
  }

  /** Hands out the ids that the store gave, in the order of the commit. */
  settle(rows: readonly AnomalyRow[]): void {
    for (const [index, onWritten] of [...this.#anomalies.values()].entries()) onWritten(rows[index]!);
    for (const step of this.#settled) step();
  }
}
