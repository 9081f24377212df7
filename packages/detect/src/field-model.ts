import { NumberSample } from "./number-sample.ts";
import type { FieldValue } from "./read-fields.ts";

/** Different texts or numbers that are told apart; a field with more is free, and only lengths or quantiles are looked at. */
const MAX_TEXTS = 128;
const MAX_NUMBERS = 24;
const MAX_TEXT = 64;

/** What one field of a stream usually holds. */
export class FieldModel {
  /** Events that had it. */
  present = 0;
  /** The last event that had it. */
  lastTurn = -1;
  #numerals = 0;
  #texts: Map<string, number> | undefined = new Map();
  #numbers: Map<number, number> | undefined = new Map();
  readonly #values = new NumberSample();
  readonly #lengths = new NumberSample();

  learn(value: FieldValue): void {
    this.present++;
    if (typeof value === "number") {
      this.#numerals++;
      this.#values.add(value);
      this.#numbers = count(this.#numbers, value, MAX_NUMBERS);
      return;
    }
    this.#lengths.add(value.length);
    if (value.length > MAX_TEXT) this.#texts = undefined;
    // A part of a long text would keep the whole one in memory.
    else this.#texts = count(this.#texts, this.#texts?.has(value) === true ? value : detach(value), MAX_TEXTS);
  }

  /** In nats: about −ln of the share of events that have something at least as odd here. */
  surpriseOf(value: FieldValue): number {
    const isNumber = typeof value === "number";
    const alike = isNumber ? this.#numerals : this.present - this.#numerals;
    const ofKind = rarity(alike, this.present);
    const ofValue = isNumber
      ? this.#numbers === undefined
        ? this.#values.surpriseOf(value)
        : rarity(this.#numbers.get(value) ?? 0, alike)
      : this.#texts === undefined
        ? this.#lengths.surpriseOf(value.length)
        : rarity(this.#texts.get(value) ?? 0, alike);
    return Math.max(ofKind, ofValue);
  }

  describe(value: FieldValue | undefined): string {
    const isNumber = value === undefined ? this.#numerals * 2 > this.present : typeof value === "number";
    const wanted = this.#numerals === 0 ? false : this.#numerals === this.present ? true : isNumber;
    const known: Map<FieldValue, number> | undefined = wanted ? this.#numbers : this.#texts;
    if (known === undefined) {
      return wanted ? this.#values.describe() : `a text of ${this.#lengths.describe()} characters`;
    }
    return [...known]
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, 3)
      .map(([text]) => JSON.stringify(text))
      .join(", ");
  }

  /** What is old counts half. */
  fade(): void {
    this.present /= 2;
    this.#numerals /= 2;
    halve(this.#texts);
    halve(this.#numbers);
  }
}

/** −ln of the share, with half an event added so that the unseen has one as well. */
export function rarity(seen: number, of: number): number {
  return -Math.log((seen + 0.5) / (of + 1));
}

function count<K>(counts: Map<K, number> | undefined, key: K, max: number): Map<K, number> | undefined {
  if (counts === undefined) return undefined;
  const before = counts.get(key);
  if (before === undefined && counts.size >= max) return undefined;
  return counts.set(key, (before ?? 0) + 1);
}

function halve<K>(counts: Map<K, number> | undefined): void {
  if (counts === undefined) return;
  for (const [key, seen] of counts) {
    if (seen < 1) counts.delete(key);
    else counts.set(key, seen / 2);
  }
}

function detach(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
