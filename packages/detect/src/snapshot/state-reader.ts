import { crc32 } from "./crc32.ts";
import { SnapshotError } from "./snapshot-error.ts";
import { bytesOf, isLittleEndian, MAGIC, type NumberArray, TRAILER_BYTES } from "./state-format.ts";

const MAX_KIND_BYTES = 64;

/** Reads what a `StateWriter` of the same kind and version wrote. Everything is checked before it is handed out; each method throws `SnapshotError`. */
export class StateReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #end: number;
  readonly version: number;

  /** @param versions those that the caller can read @throws SnapshotError unless the snapshot is whole, unharmed, of this kind and of one of these versions */
  constructor(snapshot: Uint8Array, kind: string, versions: readonly number[]) {
    this.#bytes = snapshot;
    this.#view = new DataView(snapshot.buffer, snapshot.byteOffset, snapshot.byteLength);
    this.#end = snapshot.length - TRAILER_BYTES;
    if (this.u32() !== MAGIC) throw new SnapshotError("snapshot_kind", "These bytes are not a detector's snapshot.");
    const found = this.string(MAX_KIND_BYTES);
    this.version = this.u16();
    const length = this.u32();
    if (length !== snapshot.length)
      throw new SnapshotError(
        "snapshot_truncated",
        `The snapshot should have ${length} bytes and has ${snapshot.length}.`,
      );
    if (this.#view.getUint32(this.#end, true) !== crc32(snapshot, this.#end))
      throw new SnapshotError("snapshot_corrupt", "The snapshot's checksum does not match its bytes.");
    if (found !== kind)
      throw new SnapshotError("snapshot_kind", `The snapshot holds ${JSON.stringify(found)}, expected "${kind}".`);
    if (!versions.includes(this.version))
      throw new SnapshotError(
        "snapshot_version",
        `The snapshot has version ${this.version}; this release reads ${versions.join(", ")}. Start calibrating anew.`,
      );
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  boolean(): boolean {
    return this.u8() !== 0;
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  f32(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** A number that is neither NaN nor infinite, from `low` to `high`. */
  finite(low = -Infinity, high = Infinity): number {
    const value = this.f64();
    if (!Number.isFinite(value) || value < low || value > high) this.refuse(`${value} is out of range.`);
    return value;
  }

  /** A whole number up to `max`: always state one before anything is allocated. */
  count(max: number = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 0x80) {
      const byte = this.u8();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (value > max) this.refuse(`A count is ${value}; at most ${max} is possible.`);
        return value;
      }
    }
    return this.refuse("A count does not end.");
  }

  string(maxBytes: number): string {
    const length = this.count(maxBytes);
    const at = this.#take(length);
    return new TextDecoder().decode(this.#bytes.subarray(at, at + length));
  }

  bytes(maxBytes: number): Uint8Array<ArrayBuffer> {
    const length = this.count(maxBytes);
    const at = this.#take(length);
    return this.#bytes.slice(at, at + length);
  }

  /** Fills `target`, whose length the snapshot must have; numbers with a fraction must be finite. */
  numbersInto<T extends NumberArray>(target: T): T {
    const length = this.count();
    if (length !== target.length) this.refuse(`An array has ${length} numbers, expected ${target.length}.`);
    const width = target.BYTES_PER_ELEMENT;
    const at = this.#take(length * width);
    if (isLittleEndian) bytesOf(target).set(this.#bytes.subarray(at, at + length * width));
    else this.#copyNumbers(target, at);
    if (target instanceof Float64Array || target instanceof Float32Array)
      for (const value of target) if (!Number.isFinite(value)) this.refuse("An array holds what is not a number.");
    return target;
  }

  #copyNumbers(target: NumberArray, from: number): void {
    const width = target.BYTES_PER_ELEMENT;
    const view = this.#view;
    for (let index = 0, at = from; index < target.length; index++, at += width) {
      if (width === 8) target[index] = view.getFloat64(at, true);
      else if (width === 2) target[index] = view.getUint16(at, true);
      else if (width === 1) target[index] = view.getUint8(at);
      else target[index] = target instanceof Float32Array ? view.getFloat32(at, true) : view.getUint32(at, true);
    }
  }

  /** Of the length that the snapshot has, at most `maxLength`; each number is finite. */
  numberList(maxLength: number): Float64Array<ArrayBuffer> {
    const at = this.#at;
    const length = this.count(maxLength);
    if (length * 8 > this.#end - this.#at)
      throw new SnapshotError("snapshot_truncated", "The snapshot ends too early.");
    this.#at = at;
    return this.numbersInto(new Float64Array(length));
  }

  /** To be called last: what nobody has read is a sign of another layout. */
  end(): void {
    if (this.#at !== this.#end) this.refuse(`${this.#end - this.#at} bytes are left over.`);
  }

  refuse(why: string): never {
    throw new SnapshotError("snapshot_invalid", `The snapshot's state cannot be: ${why}`);
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) throw new SnapshotError("snapshot_truncated", "The snapshot ends too early.");
    this.#at = at + count;
    return at;
  }
}
