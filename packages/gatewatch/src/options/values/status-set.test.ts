import { describe, expect, it } from "vitest";
import { parseStatusRange, StatusSet } from "./status-set.ts";

describe("parseStatusRange()", () => {
  it.each([
    [404, [404, 404]],
    ["404", [404, 404]],
    ["4xx", [400, 499]],
    ["5XX", [500, 599]],
    ["400-403", [400, 403]],
    [" 400 - 599 ", [400, 599]],
  ])("reads %j as %j", (pattern, range) => {
    expect(parseStatusRange(pattern)).toEqual(range);
  });

  it.each([99, 600, 404.5, "6xx", "40", "500-400", "400-", "", null, undefined, {}, Number.NaN])(
    "refuses %j",
    (pattern) => {
      expect(() => parseStatusRange(pattern)).toThrow("is no status from 100 to 599");
    },
  );
});

describe("StatusSet", () => {
  it("has its members and nothing else", () => {
    const set = new StatusSet([404, "500-501"]);
    expect(set.list()).toEqual([404, 500, 501]);
    expect([0, 200, 404, 499, 501, 599, 1000, -1, 404.5].map((status) => set.has(status))).toEqual([
      false,
      false,
      true,
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
