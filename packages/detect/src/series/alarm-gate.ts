import type { SeriesMemory } from "./series-memory.ts";

const HOUR_MS = 3_600_000;
const SLOTS = 16;
const SLOT_MS = (12 * HOUR_MS) / SLOTS;
export const GATE_FLOATS = SLOTS;
export const GATE_NUMBERS = 1;
/** What is told again within half a day must be clearly worse than all that was seen in it. */
const WORSE = 1.2;

/** Lets an alarm pass that is the record of its last twelve hours, so that what lasts or comes again is told once. */
export class AlarmGate {
  readonly #records: Float32Array;
  readonly #from: number;
  readonly #cells: Float64Array;
  readonly #at: number;

  constructor(memory: SeriesMemory) {
    this.#records = memory.floats;
    this.#from = memory.takeFloats(GATE_FLOATS);
    this.#cells = memory.numbers;
    this.#at = memory.takeNumbers(GATE_NUMBERS);
  }

  /** Whether `surprise` is a record at this time; remembers it. */
  isRecord(surprise: number, atMs: number): boolean {
    const slot = Math.floor(atMs / SLOT_MS);
    const last = this.#cells[this.#at]!;
    const passed = slot - last;
    if (passed < 0 || passed >= SLOTS) this.#records.fill(0, this.#from, this.#from + SLOTS);
    else for (let empty = last + 1; empty <= slot; empty++) this.#records[this.#placeOf(empty)] = 0;
    this.#cells[this.#at] = slot;
    let record = 0;
    for (let place = this.#from; place < this.#from + SLOTS; place++) record = Math.max(record, this.#records[place]!);
    const here = this.#placeOf(slot);
    this.#records[here] = Math.max(this.#records[here]!, surprise);
    return surprise > record * WORSE;
  }

  #placeOf(slot: number): number {
    return this.#from + (((slot % SLOTS) + SLOTS) % SLOTS);
  }
}
