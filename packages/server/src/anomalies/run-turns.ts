import type { OutboxRow } from "../model/alert.ts";
import type { AnomalyRecord, Subject } from "../model/anomaly.ts";
import type { Clock } from "../model/clock.ts";
import type { Store } from "../model/store.ts";
import type { DiscoveryLedger } from "./discovery-ledger.ts";
import type { TallyBook } from "./tally-book.ts";
import type { SeriesWatch } from "./watch-series.ts";
import { WatchTurn } from "./watch-turn.ts";
import type { FlaggedWriter } from "./write-flagged.ts";

export interface TurnDeps {
  store: Store;
  clock: Clock;
  /** Whom to tell of these anomalies of one turn; the rows are written with them. */
  decideAlerts(told: readonly AnomalyRecord[], at: number): Promise<OutboxRow[]>;
  /** There are new alerts to deliver. */
  onAlerts?(): void;
}

/** Whoever remembers something until the turn that it is in is written. */
export interface TurnParts {
  ledger: DiscoveryLedger;
  series: SeriesWatch;
  tallies: TallyBook;
  writer: FlaggedWriter;
}

/** Runs one turn after the other: each is filled, and then written whole or not at all. */
export class TurnRunner {
  readonly #deps: TurnDeps;
  readonly #parts: TurnParts;
  #inDoubt: string | null = null;
  #failures = 0;
  /** The turn that is being filled or written, and its commit. */
  #underWay: WatchTurn | null = null;
  #committing: Promise<unknown> | null = null;

  constructor(deps: TurnDeps, parts: TurnParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  /** Turns that failed since the start. */
  get failures(): number {
    return this.#failures;
  }

  /** Rejects when a turn cannot be filled or written; what was to be in it waits for the next. */
  async run(fill: (turn: WatchTurn) => Promise<void>): Promise<void> {
    const turn = new WatchTurn();
    this.#underWay = turn;
    let isHandedOver = false;
    try {
      await this.#resolveDoubt();
      await fill(turn);
      if (turn.isEmpty) return;
      const outbox = await this.#decideAlerts(turn);
      isHandedOver = true;
      const commit = this.#deps.store.anomalies.commitWatch(turn.toCommit(this.#parts.ledger, outbox));
      this.#committing = commit;
      turn.settle(await commit);
      if (outbox.length > 0) this.#deps.onAlerts?.();
    } catch (error) {
      this.#failures += 1;
      this.#parts.series.reset();
      if (isHandedOver) this.#inDoubt = turn.id;
      else if (this.#inDoubt === null) this.#forgetTurn(false);
      throw error;
    } finally {
      this.#underWay = null;
      this.#committing = null;
    }
  }

  /** Deletes what is stored of a subject, and keeps the turn under way from bringing it back. */
  async deleteStored(subject: Subject): Promise<boolean> {
    this.#underWay?.leaveOut(subject);
    await this.#committing?.catch(() => undefined);
    const wasStored = await this.#deps.store.anomalies.deleteStream(subject);
    this.#underWay?.leaveOut(subject);
    return wasStored;
  }

  async #decideAlerts({ told }: WatchTurn): Promise<OutboxRow[]> {
    return told.length === 0 ? [] : this.#deps.decideAlerts(told, this.#deps.clock());
  }

  /** Of a commit that failed nobody knows whether it was written, until the store is asked. */
  async #resolveDoubt(): Promise<void> {
    if (this.#inDoubt === null) return;
    const wasWritten = (await this.#deps.store.anomalies.lastTurn()) === this.#inDoubt;
    this.#forgetTurn(wasWritten);
    this.#inDoubt = null;
    if (!wasWritten) await this.#parts.series.noteUnwritten();
  }

  #forgetTurn(wasWritten: boolean): void {
    this.#parts.tallies.resolve(wasWritten);
    this.#parts.writer.resolve(wasWritten);
  }
}
