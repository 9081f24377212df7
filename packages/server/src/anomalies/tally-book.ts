import type { WatchTally } from "../model/anomaly.ts";
import type { WatchTurn } from "./watch-turn.ts";

const SLOT_MS = 60_000;

interface Entry {
  projectId: number;
  atMs: number;
  counts: Partial<WatchTally>;
}

/** Counts that are gathered between turns; none is lost or doubled when a turn fails. */
export class TallyBook {
  #entries = new Map<string, Entry>();
  #handedOut: Entry[] = [];

  add(projectId: number, atMs: number, counts: Partial<WatchTally>): void {
    const slot = atMs - (atMs % SLOT_MS);
    const key = `${projectId} ${slot}`;
    let entry = this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, (entry = { projectId, atMs: slot, counts: {} }));
    for (const name of Object.keys(counts) as (keyof WatchTally)[])
      entry.counts[name] = (entry.counts[name] ?? 0) + (counts[name] ?? 0);
  }

  /** Puts everything into a turn. */
  handOut(turn: WatchTurn): void {
    this.#handedOut = [...this.#entries.values()];
    this.#entries.clear();
    for (const { projectId, atMs, counts } of this.#handedOut) turn.count(projectId, atMs, counts);
    turn.afterwards(() => (this.#handedOut = []));
  }

  /** What came of a turn that failed: if it was not written, what was in it waits for the next. */
  resolve(wasWritten: boolean): void {
    if (!wasWritten) for (const { projectId, atMs, counts } of this.#handedOut) this.add(projectId, atMs, counts);
    this.#handedOut = [];
  }
}
