import { MAX_ENTRIES } from "./event-reader.ts";
import { SurpriseSketch } from "./surprise-sketch.ts";

/** Ways of looking at an event. Their numbers are stored: new ones come last. */
export const [
  VALUE,
  NEW_FIELD,
  MISSING,
  TOGETHER,
  PAIR,
  SEQUENCE,
  AMOUNT,
  RATE,
  KIND,
  CHARS,
  LENGTH,
  GRAMS,
  NUMBERS,
  RISK,
  NOVEL,
] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14] as const;
export const VIEWS = 15;

/** One thing that stands out, more or less. */
export interface Part {
  view: number;
  /** Entry of the reader, or −1. */
  entry: number;
  /** Place of a field that is not there, or −1. */
  nodeId: number;
  /** −log10 of how rare it is where it stands. */
  raw: number;
}

const WORTH_NOTING = 0.3;
const SECOND = 0.5;
const THIRD = 0.25;
/** What is likely where it stands does not become odd by standing where few come. */
const MAX_GAIN = 1.6;
const REMEMBERED = 20_000;
/** These say something of some events only; the others say of each event at least that there is nothing. */
const PARTIAL = [SEQUENCE, AMOUNT, RATE] as const;

/** What stands out in one event, and how often each view has found as much: that makes views comparable. */
export class EventParts {
  readonly views: readonly SurpriseSketch[] = Array.from({ length: VIEWS }, () => new SurpriseSketch(REMEMBERED));
  count = 0;
  readonly #parts: Part[] = Array.from({ length: MAX_ENTRIES + 2 * VIEWS }, () => ({
    view: 0,
    entry: 0,
    nodeId: 0,
    raw: 0,
  }));
  readonly #rawOfView = new Float64Array(VIEWS);
  readonly #tops = new Float64Array(VIEWS * 3);

  clear(): void {
    this.count = 0;
    this.#rawOfView.fill(0);
    for (const view of PARTIAL) this.#rawOfView[view] = -1;
  }

  at(index: number): Part {
    return this.#parts[index]!;
  }

  add(view: number, entry: number, nodeId: number, raw: number): void {
    if (raw > this.#rawOfView[view]!) this.#rawOfView[view] = raw;
    if (raw <= WORTH_NOTING || this.count >= this.#parts.length) return;
    const part = this.#parts[this.count++]!;
    part.view = view;
    part.entry = entry;
    part.nodeId = nodeId;
    part.raw = raw;
  }

  /** −log10 of how rare such a part is among all events of the stream. */
  surpriseOf({ view, raw }: Part): number {
    return this.#levelOf(view, raw);
  }

  /** Of each view the strongest part and a share of the others, made comparable; of the views likewise. */
  score(): number {
    this.#findTops();
    const tops = this.#tops;
    let [first, second, third] = [0, 0, 0];
    for (let view = 0; view < VIEWS; view++) {
      const base = view * 3;
      const raw = tops[base]! + SECOND * tops[base + 1]! + THIRD * tops[base + 2]!;
      if (raw === 0) continue;
      this.#rawOfView[view] = raw;
      const surprise = this.#levelOf(view, raw);
      if (surprise > first) {
        third = second;
        second = first;
        first = surprise;
      } else if (surprise > second) {
        third = second;
        second = surprise;
      } else if (surprise > third) third = surprise;
    }
    return first + SECOND * second + THIRD * third;
  }

  /** @param isStrange whether what a view has found is not to become usual @param counts whether it is to count all the same */
  learn(isStrange: (view: number) => boolean, counts: (view: number) => boolean): void {
    for (let view = 0; view < VIEWS; view++) {
      const raw = this.#rawOfView[view]!;
      if (raw < 0) continue;
      if (!isStrange(view)) this.views[view]!.add(raw);
      else if (counts(view)) this.views[view]!.addStrange(raw);
    }
  }

  #levelOf(view: number, raw: number): number {
    // What people have said is no matter of how often.
    if (view === RISK) return raw;
    return Math.min(this.views[view]!.surpriseOf(raw), raw * MAX_GAIN);
  }

  #findTops(): void {
    const tops = this.#tops;
    tops.fill(0);
    for (let at = 0; at < this.count; at++) {
      const { view, raw } = this.#parts[at]!;
      const base = view * 3;
      if (raw > tops[base]!) {
        tops[base + 2] = tops[base + 1]!;
        tops[base + 1] = tops[base]!;
        tops[base] = raw;
      } else if (raw > tops[base + 1]!) {
        tops[base + 2] = tops[base + 1]!;
        tops[base + 1] = raw;
      } else if (raw > tops[base + 2]!) tops[base + 2] = raw;
    }
  }
}
