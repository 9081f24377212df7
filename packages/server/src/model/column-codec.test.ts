import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readNumbers, readStrings, writeNumbers, writeStrings } from "./column-codec.ts";

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom("a", "\ud800", "\udc00", "-", "0", "é") }),
  fc.uuid(),
  fc.constantFrom("", "-".repeat(36), "0".repeat(36)),
);

test("any list of strings comes back as it was", () => {
  const lists = fc.oneof(
    fc.array(fc.option(text), { maxLength: 40 }),
    fc.array(fc.option(fc.uuid()), { maxLength: 40 }),
    fc.array(fc.option(hex(32)), { maxLength: 40 }),
    fc.array(fc.option(hex(36)), { maxLength: 40 }),
    fc.array(fc.constant("/same"), { maxLength: 500 }),
  );
  fc.assert(
    fc.property(lists, (values) => {
      const writer = new ByteWriter();
      writeStrings(writer, values);
      writer.byte(77);
      const reader = new ByteReader(writer.finish());
      expect(readStrings(reader, values.length)).toEqual(values);
      expect(reader.byte()).toBe(77);
    }),
    { numRuns: 400 },
  );
});

test("any list of numbers comes back as it was, absent ones too", () => {
  const number = fc.oneof(
    fc.nat(300),
    fc.nat(),
    fc.maxSafeNat(),
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.constantFrom(0, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 1_795_176_000_000),
  );
  fc.assert(
    fc.property(fc.array(fc.option(number), { maxLength: 40 }), (values) => {
      const writer = new ByteWriter();
      writeNumbers(
        writer,
        Float64Array.from(values, (value) => value ?? Number.NaN),
      );
      writer.byte(77);
      const reader = new ByteReader(writer.finish());
      const view = readNumbers(reader, values.length);
      expect(values.map((_, row) => view.get(row))).toEqual(values.map((value) => (value === null ? null : value + 0)));
      expect(reader.byte()).toBe(77);
    }),
    { numRuns: 1000 },
  );
});
