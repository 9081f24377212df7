import { crc32 as zlibCrc32 } from "node:zlib";
import { expect, test } from "vitest";
import { crc32 } from "./crc32.ts";
import { SnapshotError } from "./snapshot-error.ts";
import { StateReader } from "./state-reader.ts";
import { StateWriter } from "./state-writer.ts";

function write(): Uint8Array {
  const w = new StateWriter("test", 3);
  w.u8(200);
  w.boolean(true);
  w.u16(65_000);
  w.u32(4_000_000_000);
  w.f32(0.5);
  w.f64(Math.PI);
  for (const count of [0, 127, 128, 300, 2 ** 31, Number.MAX_SAFE_INTEGER]) w.count(count);
  w.string("naïve 🦉");
  w.bytes(Uint8Array.of(1, 2, 3));
  w.numbers(Float64Array.of(1.5, -2.5));
  w.numbers(Float32Array.of(0.25));
  w.numbers(Uint32Array.of(4_000_000_000));
  w.numbers(Int32Array.of(-7));
  w.numbers(Uint16Array.of(65_535, 1));
  w.numbers(Int16Array.of(-3));
  w.numbers(Uint8Array.of(255));
  w.numbers(Int8Array.of(-128));
  w.numbers(new Float64Array(1000).fill(1));
  return w.finish();
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof SnapshotError) return error.code;
    throw error;
  }
  return "none";
}

test("a reader gets back exactly what a writer wrote", () => {
  const snapshot = write();
  const shifted = new Uint8Array(snapshot.length + 3);
  shifted.set(snapshot, 3);
  for (const bytes of [snapshot, shifted.subarray(3)]) {
    const r = new StateReader(bytes, "test", [2, 3]);
    expect(r.version).toBe(3);
    expect([r.u8(), r.boolean(), r.u16(), r.u32(), r.f32(), r.f64()]).toEqual([
      200,
      true,
      65_000,
      4_000_000_000,
      0.5,
      Math.PI,
    ]);
    for (const count of [0, 127, 128, 300, 2 ** 31, Number.MAX_SAFE_INTEGER]) expect(r.count()).toBe(count);
    expect(r.string(20)).toBe("naïve 🦉");
    expect(r.bytes(3)).toEqual(Uint8Array.of(1, 2, 3));
    expect(r.numbersInto(new Float64Array(2))).toEqual(Float64Array.of(1.5, -2.5));
    expect(r.numbersInto(new Float32Array(1))).toEqual(Float32Array.of(0.25));
    expect(r.numbersInto(new Uint32Array(1))).toEqual(Uint32Array.of(4_000_000_000));
    expect(r.numbersInto(new Int32Array(1))).toEqual(Int32Array.of(-7));
    expect(r.numbersInto(new Uint16Array(2))).toEqual(Uint16Array.of(65_535, 1));
    expect(r.numbersInto(new Int16Array(1))).toEqual(Int16Array.of(-3));
    expect(r.numbersInto(new Uint8Array(1))).toEqual(Uint8Array.of(255));
    expect(r.numbersInto(new Int8Array(1))).toEqual(Int8Array.of(-128));
    expect(r.numbersInto(new Float64Array(1000))[999]).toBe(1);
    r.end();
  }
});

test("a snapshot that is cut anywhere, or longer, is refused", () => {
  const snapshot = write();
  for (let length = 0; length < snapshot.length; length += length < 60 ? 1 : 97)
    expect(codeOf(() => new StateReader(snapshot.subarray(0, length), "test", [3]))).toBe("snapshot_truncated");
  const longer = new Uint8Array(snapshot.length + 1);
  longer.set(snapshot);
  expect(codeOf(() => new StateReader(longer, "test", [3]))).toBe("snapshot_truncated");
});

test("a snapshot with any byte changed is refused", () => {
  const snapshot = write();
  for (let at = 0; at < snapshot.length; at += at < 60 ? 1 : 97) {
    const changed = snapshot.slice();
    changed[at]! ^= 0x10;
    expect(codeOf(() => new StateReader(changed, "test", [3]))).toMatch(/^snapshot_(kind|truncated|corrupt)$/);
  }
});

test("another kind and another version are refused by name", () => {
  expect(codeOf(() => new StateReader(write(), "other", [3]))).toBe("snapshot_kind");
  expect(codeOf(() => new StateReader(write(), "test", [1, 2]))).toBe("snapshot_version");
  expect(codeOf(() => new StateReader(new Uint8Array(50).fill(7), "test", [3]))).toBe("snapshot_kind");
});

test("values that no detector writes are refused although the checksum is right", () => {
  const reader = (fill: (w: StateWriter) => void): StateReader => {
    const w = new StateWriter("test", 1);
    fill(w);
    return new StateReader(w.finish(), "test", [1]);
  };
  expect(codeOf(() => reader((w) => w.f64(NaN)).finite())).toBe("snapshot_invalid");
  expect(codeOf(() => reader((w) => w.f64(3)).finite(0, 2))).toBe("snapshot_invalid");
  expect(codeOf(() => reader((w) => w.count(11)).count(10))).toBe("snapshot_invalid");
  expect(codeOf(() => reader((w) => w.string("abc")).string(2))).toBe("snapshot_invalid");
  expect(codeOf(() => reader((w) => w.count(1_000_000)).bytes(2 ** 30))).toBe("snapshot_truncated");
  expect(codeOf(() => reader((w) => w.numbers(Float32Array.of(Infinity))).numbersInto(new Float32Array(1)))).toBe(
    "snapshot_invalid",
  );
  expect(codeOf(() => reader((w) => w.numbers(Float32Array.of(1))).numbersInto(new Float32Array(2)))).toBe(
    "snapshot_invalid",
  );
  expect(codeOf(() => reader((w) => w.u8(1)).end())).toBe("snapshot_invalid");
  const endless = reader((w) => {
    for (let i = 0; i < 9; i++) w.u8(0xff);
  });
  expect(codeOf(() => endless.count())).toBe("snapshot_invalid");
});

test("crc32() is that of zlib", () => {
  for (const text of ["", "a", "123456789", "x".repeat(1000)]) {
    const bytes = new TextEncoder().encode(text);
    expect(crc32(bytes)).toBe(zlibCrc32(bytes));
  }
});
