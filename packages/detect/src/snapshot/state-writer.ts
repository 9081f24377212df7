import { crc32 } from "./crc32.ts";
import { bytesOf, isLittleEndian, MAGIC, type NumberArray, TRAILER_BYTES } from "./state-format.ts";

const FIRST_BYTES = 1024;

/** Writes the state of a detector, little-endian; `StateReader` reads it in the same order. */
export class StateWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  readonly #lengthAt: number;

  /** @param kind whose state it is; a reader of another kind refuses it. @param version 0 to 65,535 */
  constructor(kind: string, version: number) {
    this.u32(MAGIC);
    this.string(kind);
    this.u16(version);
    this.#lengthAt = this.#at;
    this.u32(0);
  }

  u8(value: number): void {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
  }

  boolean(value: boolean): void {
    this.u8(value ? 1 : 0);
  }

  u16(value: number): void {
    const at = this.#grow(2);
    this.#view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
  }

  f32(value: number): void {
    const at = this.#grow(4);
    this.#view.setFloat32(at, value, true);
  }

  f64(value: number): void {
    const at = this.#grow(8);
    this.#view.setFloat64(at, value, true);
  }

  /** A whole number from 0 to 2^53 − 1: counts and lengths. */
  count(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.u8(rest);
  }

  /** UTF-8; half a surrogate pair becomes U+FFFD. */
  string(value: string): void {
    this.bytes(new TextEncoder().encode(value));
  }

  bytes(value: Uint8Array): void {
    this.count(value.length);
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
  }

  /** Its length, then each number in the array's own width. */
  numbers(values: NumberArray): void {
    this.count(values.length);
    const width = values.BYTES_PER_ELEMENT;
    let at = this.#grow(values.length * width);
    if (isLittleEndian) {
      this.#bytes.set(bytesOf(values), at);
      return;
    }
    const view = this.#view;
    if (values instanceof Float64Array) for (const value of values) view.setFloat64((at += 8) - 8, value, true);
    else if (values instanceof Float32Array) for (const value of values) view.setFloat32((at += 4) - 4, value, true);
    else if (width === 4) for (const value of values) view.setUint32((at += 4) - 4, value, true);
    else if (width === 2) for (const value of values) view.setUint16((at += 2) - 2, value, true);
    else for (const value of values) view.setUint8(at++, value);
  }

  /** The whole snapshot. The writer is done then. */
  finish(): Uint8Array<ArrayBuffer> {
    this.#view.setUint32(this.#lengthAt, this.#at + TRAILER_BYTES, true);
    this.u32(crc32(this.#bytes, this.#at));
    return this.#bytes.slice(0, this.#at);
  }

  #grow(by: number): number {
    const at = this.#at;
    this.#at = at + by;
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#at, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
