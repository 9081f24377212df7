import { describe, expect, it } from "vitest";
import { createUuidV4 } from "./random-uuid.ts";

const VERSION_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("createUuidV4", () => {
  const ids = Array.from({ length: 10_000 }, createUuidV4);

  it("makes random ones in the form of RFC 9562", () => {
    expect(ids.filter((id) => !VERSION_4.test(id))).toEqual([]);
  });

  it("never makes one twice", () => {
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("uses every digit in every place that is random", () => {
    const fixed = new Map([
      [8, 1],
      [13, 1],
      [14, 1],
      [18, 1],
      [19, 4],
      [23, 1],
    ]);
    for (let place = 0; place < 36; place++) {
      expect(new Set(ids.map((id) => id[place])).size, `place ${place}`).toBe(fixed.get(place) ?? 16);
    }
  });
});
