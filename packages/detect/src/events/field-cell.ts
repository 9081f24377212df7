import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";
import { FRACTION, KINDS, NUMBER } from "./event-reader.ts";
import { mix } from "./hash.ts";
import { Novelty } from "./novelty.ts";
import { NumberSketch } from "./number-sketch.ts";
import { SurpriseSketch } from "./surprise-sketch.ts";

const FREE_FROM = 64;
const FREE_RATE = 0.5;

/** What one field holds in one context. */
export class FieldCell {
  readonly hash: number;
  /** Events of the context that had the field. */
  size = 0;
  readonly kinds = new Uint16Array(KINDS);
  readonly values = new Novelty();
  numbers: NumberSketch | undefined;
  readonly surprises = new SurpriseSketch();

  constructor(contextHash: number, nodeHash: number) {
    this.hash = mix(contextHash, nodeHash);
  }

  /** Numbers that hardly ever come again: counting each one says nothing. */
  isFree(kind: number): boolean {
    return kind <= FRACTION && this.values.size >= FREE_FROM && this.values.rate > FREE_RATE;
  }

  surpriseOfKind(kind: number): number {
    const seen = this.kinds[kind]!;
    // A fraction that happens to be whole is no other kind of thing.
    const alike = kind === NUMBER ? seen + this.kinds[FRACTION]! : seen;
    return -Math.log10(Math.min(1, (alike + 0.5) / (this.size + 1)));
  }

  learnKind(kind: number): void {
    if (this.kinds[kind]! < 0xffff) this.kinds[kind]!++;
  }

  learnNumber(value: number): void {
    this.numbers ??= new NumberSketch();
    this.numbers.add(value);
  }

  fade(): void {
    this.size >>= 1;
    for (let at = 0; at < KINDS; at++) this.kinds[at]! >>= 1;
  }

  get bytes(): number {
    return 200 + this.surprises.bytes + (this.numbers?.bytes ?? 0);
  }

  merge(other: FieldCell): void {
    this.size += other.size;
    for (let at = 0; at < KINDS; at++) this.kinds[at] = Math.min(0xffff, this.kinds[at]! + other.kinds[at]!);
    this.values.merge(other.values);
    this.surprises.merge(other.surprises);
    if (other.numbers === undefined) return;
    this.numbers ??= new NumberSketch();
    this.numbers.merge(other.numbers);
  }

  write(w: StateWriter): void {
    w.count(this.size);
    w.numbers(this.kinds);
    this.values.write(w);
    this.surprises.write(w);
    w.boolean(this.numbers !== undefined);
    this.numbers?.write(w);
  }

  readInto(r: StateReader): void {
    this.size = r.count();
    r.numbersInto(this.kinds);
    this.values.readInto(r);
    this.surprises.readInto(r);
    if (r.boolean()) (this.numbers = new NumberSketch()).readInto(r);
  }
}
