import { describe, expect, it } from "vitest";
import { CountTable } from "./count-table.ts";

describe("the table of counts", () => {
  it("counts what it is given, and says what there was before", () => {
    const table = new CountTable(1_024);
    expect([table.add(7), table.add(7), table.add(0), table.get(7), table.get(0), table.get(8)]).toEqual([
      0, 1, 0, 2, 1, 0,
    ]);
  });

  it("begins small, grows to its limit, and passes new keys over from then on", () => {
    const table = new CountTable(1_024);
    const small = table.bytes;
    for (let key = 1; key <= 5_000; key++) table.add(Math.imul(key, 0x9e3779b1));
    expect(table.bytes).toBe(4 * small);
    expect([table.isFull, table.size <= 1_024 * 0.71]).toEqual([true, true]);
    expect(table.add(Math.imul(1, 0x9e3779b1))).toBe(1);
  });

  it("forgets what was seen once when it fades, and keeps half of the rest", () => {
    const table = new CountTable(1_024);
    for (let left = 9; left > 0; left--) table.add(5);
    table.add(6);
    table.fade();
    expect([table.get(5), table.get(6), table.size]).toEqual([4, 0, 1]);
  });

  it("does not overflow", () => {
    const table = new CountTable(1_024);
    table.add(5, 60_000);
    table.add(5, 60_000);
    expect(table.get(5)).toBe(65_535);
  });

  it("forgets one key alone", () => {
    const table = new CountTable(1_024);
    table.add(5);
    table.add(6);
    table.remove(5);
    expect([table.get(5), table.get(6)]).toEqual([0, 1]);
  });

  it("a count can be taken back one by one, and no further than to 0", () => {
    const table = new CountTable(256);
    table.add(7, 2);
    for (const left of [1, 0, 0]) {
      table.takeOne(7);
      expect(table.get(7)).toBe(left);
    }
    table.takeOne(8);
    expect(table.get(8)).toBe(0);
  });
});
