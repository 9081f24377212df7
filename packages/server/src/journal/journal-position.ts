import type { JournalPosition } from "../model/journal.ts";

/** Before every record. */
export const JOURNAL_START: JournalPosition = { segment: 0, offset: 0 };

/** Negative, zero or positive, as sorting wants it. */
export function comparePositions(a: JournalPosition, b: JournalPosition): number {
  return a.segment - b.segment || a.offset - b.offset;
}

export function formatPosition(position: JournalPosition): string {
  return `${position.segment}:${position.offset}`;
}

/** A position that the writer's thread sets and the digest's thread reads and waits for. */
export class SharedPosition {
  readonly memory: SharedArrayBuffer;
  private readonly cell: BigInt64Array<SharedArrayBuffer>;

  constructor(memory = new SharedArrayBuffer(8)) {
    this.memory = memory;
    this.cell = new BigInt64Array(memory);
  }

  get(): JournalPosition {
    // One 64-bit word, so that segment and offset always belong together.
    const word = Atomics.load(this.cell, 0);
    return { segment: Number(word >> 32n), offset: Number(word & 0xffff_ffffn) };
  }

  set(position: JournalPosition): void {
    Atomics.store(this.cell, 0, (BigInt(position.segment) << 32n) | BigInt(position.offset));
    Atomics.notify(this.cell, 0);
  }

  /** Wakes everyone who waits, without a change. */
  wake(): void {
    Atomics.notify(this.cell, 0);
  }

  /** Resolves when the position is no longer `known`, when `wake` is called, or after `timeoutMs`. */
  async waitBeyond(known: JournalPosition, timeoutMs: number): Promise<void> {
    const word = (BigInt(known.segment) << 32n) | BigInt(known.offset);
    const wait = Atomics.waitAsync(this.cell, 0, word, timeoutMs);
    if (!wait.async) return;
    // Such a wait alone does not keep a thread alive.
    const alive = setInterval(() => {}, 2 ** 30);
    await wait.value;
    clearInterval(alive);
  }
}
