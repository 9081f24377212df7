import { halveCounts } from "./halve-counts.ts";
import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";
import { CLASSES } from "./char-classes.ts";
import type { CountTable } from "./count-table.ts";
import { mix } from "./hash.ts";
import { Novelty } from "./novelty.ts";
import { SurpriseSketch } from "./surprise-sketch.ts";
import type { TextScan } from "./text-scan.ts";

const LENGTHS = 64;
const FADE_AT = 4_096;

/** The tables that all texts of a stream share. */
export interface TextTables {
  values: CountTable;
  grams: CountTable;
  /** How surprised by n-grams all fields have been. */
  gramSurprises: SurpriseSketch;
}

/** What was found of a text, each in −log10. */
export interface ShapeParts {
  length: number;
  chars: number;
  pattern: number;
  words: number;
  grams: number;
  /** Raw, before calibration. */
  rawGrams: number;
  oddClass: number;
}

export function createShapeParts(): ShapeParts {
  return { length: 0, chars: 0, pattern: 0, words: 0, grams: 0, rawGrams: 0, oddClass: -1 };
}

/** How a field's new texts look: lengths, characters, order of characters, words and n-grams. Texts that are known are never looked at here. */
export class TextShape {
  size = 0;
  readonly #seed: number;
  readonly #classes = new Uint16Array(CLASSES);
  readonly #lengths = new Uint16Array(LENGTHS);
  readonly #patterns = new Novelty();
  readonly #templates = new Novelty();
  readonly #words = new Novelty();
  readonly #gramSurprises = new SurpriseSketch();

  constructor(seed: number) {
    this.#seed = mix(seed, 0x5eed);
  }

  get bytes(): number {
    return 400 + this.#gramSurprises.bytes;
  }

  /** Fills `parts`. @returns −log10 of how rare such a text is among the field's new texts */
  surpriseOf(length: number, scan: TextScan, tables: TextTables, parts: ShapeParts): number {
    parts.length = this.#surpriseOfLength(length);
    parts.chars = this.#surpriseOfClasses(scan, parts);
    const pattern = mix(this.#seed, scan.pattern);
    const known = tables.values.get(pattern);
    parts.pattern = known === 0 ? this.#patterns.surpriseOfNew() : 0.5 * this.#patterns.surpriseOf(known);
    if (scan.template !== 0) {
      const seen = tables.values.get(mix(this.#seed ^ 0x7e, scan.template));
      if (seen === 0) parts.pattern += this.#templates.surpriseOfNew();
    }
    parts.words = this.#surpriseOfWords(scan, tables.values);
    parts.rawGrams = this.#gramsOf(scan, tables.grams);
    parts.grams = this.size < 20 ? 0 : this.#gramSurprises.surpriseOf(parts.rawGrams, tables.gramSurprises);
    const most = Math.max(parts.length, parts.chars, parts.pattern, parts.words, parts.grams);
    const sum = parts.length + parts.chars + parts.pattern + parts.words + parts.grams;
    return most + 0.4 * (sum - most);
  }

  learn(length: number, scan: TextScan, { values, grams, gramSurprises }: TextTables): void {
    this.size++;
    this.#lengths[bucketOfLength(length)]!++;
    for (let index = 0; index < CLASSES; index++) if (hasClass(scan, index)) this.#classes[index]!++;
    this.#patterns.add(values.add(mix(this.#seed, scan.pattern)));
    if (scan.template !== 0) this.#templates.add(values.add(mix(this.#seed ^ 0x7e, scan.template)));
    for (let at = 0; at < scan.wordCount; at++) this.#words.add(values.add(mix(this.#seed ^ 0x33, scan.words[at]!)));
    if (this.size >= 20) {
      const surprise = this.#gramsOf(scan, grams);
      this.#gramSurprises.add(surprise);
      gramSurprises.add(surprise);
    }
    this.#learnGrams(scan, grams);
    if (this.size >= FADE_AT) this.fade();
  }

  /** Of a text that may be hostile only that it came: how long it was, and with which characters. */
  learnStrange(length: number, scan: TextScan): void {
    this.size++;
    this.#lengths[bucketOfLength(length)]!++;
    for (let index = 0; index < CLASSES; index++) if (hasClass(scan, index)) this.#classes[index]!++;
  }

  fade(): void {
    this.size >>= 1;
    for (let at = 0; at < CLASSES; at++) this.#classes[at]! >>= 1;
    halveCounts(this.#lengths);
    for (const novelty of [this.#patterns, this.#templates, this.#words]) novelty.fade();
    this.#gramSurprises.fade();
  }

  #surpriseOfLength(length: number): number {
    const bucket = bucketOfLength(length);
    let [atLeast, atMost, highest] = [0, 0, 0];
    for (let at = 0; at < LENGTHS; at++) {
      const count = this.#lengths[at]!;
      if (at >= bucket) atLeast += count;
      if (at <= bucket) atMost += count;
      if (count > 0) highest = at;
    }
    const surprise = -Math.log10(Math.min(1, (2 * (Math.min(atLeast, atMost) + 0.5)) / (this.size + 1)));
    return surprise + (this.size >= 8 && bucket > highest ? (bucket - highest) * 0.25 : 0);
  }

  #surpriseOfClasses(scan: TextScan, parts: ShapeParts): number {
    let [most, sum] = [0, 0];
    parts.oddClass = -1;
    for (let index = 0; index < CLASSES; index++) {
      if (!hasClass(scan, index)) continue;
      const surprise = -Math.log10(Math.min(1, (this.#classes[index]! + 0.5) / (this.size + 1)));
      sum += surprise;
      if (surprise <= most) continue;
      most = surprise;
      parts.oddClass = index;
    }
    return most + 0.4 * (sum - most);
  }

  #surpriseOfWords(scan: TextScan, values: CountTable): number {
    let unseen = 0;
    for (let at = 0; at < scan.wordCount; at++) if (values.get(mix(this.#seed ^ 0x33, scan.words[at]!)) === 0) unseen++;
    if (unseen === 0) return 0;
    const each = this.#words.surpriseOfNew() - Math.log10(scan.wordCount);
    return Math.min(12, unseen * Math.max(0, each));
  }

  /** Bits per character by the two before, and those of the oddest stretch. */
  #gramsOf({ symbols, symbolCount }: TextScan, grams: CountTable): number {
    if (symbolCount === 0) return 0;
    const seed = this.#seed;
    let [before, last] = [1, 2];
    let context = grams.get(mix(seed, 2 * 31 + 1));
    let [sum, recent, peak] = [0, 0, 0];
    for (let at = 0; at <= symbolCount; at++) {
      const symbol = at === symbolCount ? 3 : symbols[at]!;
      const pair = grams.get(mix(seed, symbol * 31 + last));
      const triple = grams.get(mix(seed ^ Math.imul(before + 11, 0x2545f491), symbol * 31 + last));
      const bits =
        triple > 0
          ? Math.log2((context + 2) / triple)
          : pair > 0
            ? 5 + Math.max(0, Math.log2((this.size + 2) / pair)) * 0.5
            : 11;
      sum += bits;
      recent += (bits - recent) * 0.22;
      if (recent > peak) peak = recent;
      before = last;
      last = symbol;
      context = pair;
    }
    return Math.min(16, sum / (symbolCount + 1) + 0.5 * peak) / 2;
  }

  #learnGrams({ symbols, symbolCount }: TextScan, grams: CountTable): void {
    const seed = this.#seed;
    let [before, last] = [1, 2];
    grams.add(mix(seed, 2 * 31 + 1));
    for (let at = 0; at <= symbolCount; at++) {
      const symbol = at === symbolCount ? 3 : symbols[at]!;
      grams.add(mix(seed, symbol * 31 + last));
      grams.add(mix(seed ^ Math.imul(before + 11, 0x2545f491), symbol * 31 + last));
      before = last;
      last = symbol;
    }
  }

  /** The kind of characters that is the oddest in a text; undefined when all of them are usual. */
  oddClassOf(scan: TextScan): { index: number; seen: number; of: number } | undefined {
    let [index, seen] = [-1, this.size * 0.05];
    for (let at = 0; at < CLASSES; at++)
      if (hasClass(scan, at) && this.#classes[at]! < seen) [index, seen] = [at, this.#classes[at]!];
    return index < 0 ? undefined : { index, seen, of: this.size };
  }

  /** From the shortest to the longest of all but one in a hundred on either side. */
  usualLengths(): [low: number, high: number] {
    let [low, high, below] = [-1, 0, 0];
    for (let at = 0; at < LENGTHS; at++) {
      below += this.#lengths[at]!;
      if (low < 0 && below > this.size * 0.01) low = at;
      if (below <= this.size * 0.99) high = at + 1;
    }
    return [lengthOf(Math.max(0, low)), lengthOf(high + 1)];
  }

  merge(other: TextShape): void {
    for (let at = 0; at < CLASSES; at++) this.#classes[at]! += other.#classes[at]!;
    for (let at = 0; at < LENGTHS; at++) this.#lengths[at]! += other.#lengths[at]!;
    this.#patterns.merge(other.#patterns);
    this.#templates.merge(other.#templates);
    this.#words.merge(other.#words);
    this.#gramSurprises.merge(other.#gramSurprises);
    this.size += other.size;
    while (this.size >= FADE_AT) this.fade();
  }

  write(w: StateWriter): void {
    w.count(this.size);
    w.numbers(this.#classes);
    w.numbers(this.#lengths);
    for (const novelty of [this.#patterns, this.#templates, this.#words]) novelty.write(w);
    this.#gramSurprises.write(w);
  }

  readInto(r: StateReader): void {
    this.size = r.count(FADE_AT);
    r.numbersInto(this.#classes);
    r.numbersInto(this.#lengths);
    for (const novelty of [this.#patterns, this.#templates, this.#words]) novelty.readInto(r);
    this.#gramSurprises.readInto(r);
  }
}

function hasClass({ lowClasses, highClasses }: TextScan, index: number): boolean {
  return ((index < 32 ? lowClasses >>> index : highClasses >>> (index - 32)) & 1) === 1;
}

/** Each length up to 8, then six for each doubling. */
function bucketOfLength(length: number): number {
  return length <= 8 ? length : Math.min(LENGTHS - 1, 8 + Math.floor(Math.log2(length / 8) * 6));
}

function lengthOf(bucket: number): number {
  return bucket <= 8 ? bucket : Math.floor(8 * 2 ** ((bucket - 8) / 6));
}
