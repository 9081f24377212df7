import { describe, expect, it } from "vitest";
import { flattenEvent, pairFields } from "./flatten-event.ts";

describe("an event field by field", () => {
  it("has dotted paths, lists by their index, and empty values as they are", () => {
    const fields = flattenEvent({ type: "pay", body: { items: [{ id: 7 }, "x"], note: {}, ok: false, none: null } });
    expect([...fields]).toEqual([
      ["type", "pay"],
      ["body.items.0.id", "7"],
      ["body.items.1", "x"],
      ["body.note", "{}"],
      ["body.ok", "false"],
      ["body.none", "null"],
    ]);
  });

  it("stays small whatever is in it", () => {
    const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`k${index}`, index]));
    expect(flattenEvent(wide).size).toBe(200);
    let deep: object = { a: 1 };
    for (let depth = 0; depth < 50; depth++) deep = { a: deep };
    expect(flattenEvent(deep as never).size).toBe(1);
  });

  it("stands beside a normal one, with what only one of them has", () => {
    expect(pairFields({ a: 1, b: 2 }, { a: 1, c: 3 })).toEqual([
      { path: "a", seen: "1", normal: "1" },
      { path: "b", seen: "2", normal: null },
      { path: "c", seen: null, normal: "3" },
    ]);
    expect(pairFields("x", null)).toEqual([{ path: "value", seen: "x", normal: null }]);
  });
});
