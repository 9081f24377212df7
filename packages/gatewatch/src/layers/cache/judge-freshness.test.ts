import { describe, expect, it } from "vitest";
import { judgeFreshness } from "./judge-freshness.ts";
import { readResponse } from "./read-response.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 0, 0);
const at = (seconds: number): string => new Date(NOW + seconds * 1000).toUTCString();
const DAY = 86_400;

type Lines = [string, string | string[]][];

function judge(lines: Lines, status = 200, delayMs = 0): { freshS: number; ageS: number; isExplicit: boolean } {
  const times = {
    requestedMs: NOW - delayMs,
    receivedMs: NOW,
    heuristicFraction: 0.1,
    maxHeuristicMs: 3_600_000,
  };
  const { freshMs, initialAgeMs, isExplicit } = judgeFreshness(readResponse(status, lines), times);
  return { freshS: freshMs / 1000, ageS: initialAgeMs / 1000, isExplicit };
}

describe("how long a response is fresh, RFC 9111 section 4.2.1", () => {
  it.each<[string, Lines, number]>([
    ["max-age", [["Cache-Control", "max-age=60"]], 60],
    ["s-maxage before max-age", [["Cache-Control", "max-age=60, s-maxage=10"]], 10],
    ["a long s-maxage before max-age=0", [["Cache-Control", "max-age=0, s-maxage=3600"]], 3600],
    ["two lines", [["Cache-Control", ["max-age=60", "s-maxage=5"]]], 5],
    [
      "max-age before Expires",
      [
        ["Cache-Control", "max-age=60"],
        ["Expires", at(-100)],
      ],
      60,
    ],
    [
      "max-age before nonsense in Expires",
      [
        ["Cache-Control", "max-age=60"],
        ["Expires", "0"],
      ],
      60,
    ],
    [
      "max-age=0 before Expires",
      [
        ["Cache-Control", "max-age=0"],
        ["Expires", at(100)],
      ],
      0,
    ],
    [
      "Expires from Date",
      [
        ["Date", at(0)],
        ["Expires", at(100)],
      ],
      100,
    ],
    [
      "Expires from a Date that is slow",
      [
        ["Date", at(-10)],
        ["Expires", at(10)],
      ],
      20,
    ],
    [
      "Expires from a Date that is fast",
      [
        ["Date", at(10)],
        ["Expires", at(20)],
      ],
      10,
    ],
    ["Expires without Date", [["Expires", at(30)]], 30],
    [
      "Expires with nonsense for a Date",
      [
        ["Date", "foo"],
        ["Expires", at(30)],
      ],
      30,
    ],
    [
      "Expires before Date",
      [
        ["Date", at(400)],
        ["Expires", at(300)],
      ],
      0,
    ],
    [
      "Expires now",
      [
        ["Date", at(0)],
        ["Expires", at(0)],
      ],
      0,
    ],
    ["Expires: 0", [["Expires", "0"]], 0],
    ["Expires: -1", [["Expires", "-1"]], 0],
    ["two Expires", [["Expires", [at(10), at(20)]]], 0],
    [
      "a negative max-age",
      [
        ["Cache-Control", "max-age=-5"],
        ["Expires", at(60)],
      ],
      0,
    ],
    [
      "CDN-Cache-Control first",
      [
        ["CDN-Cache-Control", "max-age=60"],
        ["Cache-Control", "max-age=1"],
      ],
      60,
    ],
    [
      "a short CDN-Cache-Control",
      [
        ["CDN-Cache-Control", "max-age=1"],
        ["Cache-Control", "max-age=60"],
      ],
      1,
    ],
    [
      "CDN-Cache-Control over Expires",
      [
        ["CDN-Cache-Control", "foo"],
        ["Expires", at(60)],
      ],
      0,
    ],
    [
      "invalid CDN-Cache-Control passed over",
      [
        ["CDN-Cache-Control", "max-age=60, &&"],
        ["Cache-Control", "max-age=7"],
      ],
      7,
    ],
    [
      "a tenth of Last-Modified's age",
      [
        ["Date", at(0)],
        ["Last-Modified", at(-100)],
      ],
      10,
    ],
    ["an hour at most", [["Last-Modified", at(-30 * DAY)]], 3600],
    ["nothing from a Last-Modified ahead", [["Last-Modified", at(500)]], 0],
    ["nothing from nonsense in Last-Modified", [["Last-Modified", "yesterday"]], 0],
    ["nothing from nothing", [], 0],
    ["public without a time", [["Cache-Control", "public"]], 0],
  ])("%s", (_name, lines, freshS) => {
    expect(judge(lines).freshS).toBe(freshS);
  });

  it.each<[number, number]>([
    [200, 10],
    [203, 10],
    [204, 10],
    [300, 10],
    [301, 10],
    [308, 10],
    [404, 10],
    [405, 10],
    [410, 10],
    [414, 10],
    [501, 10],
    [201, 0],
    [202, 0],
    [302, 0],
    [303, 0],
    [307, 0],
    [403, 0],
    [500, 0],
    [502, 0],
    [503, 0],
    [504, 0],
    [599, 0],
  ])("status %d by a guess: %d seconds", (status, freshS) => {
    expect(judge([["Last-Modified", at(-100)]], status).freshS).toBe(freshS);
  });

  it("guesses for any status that is public", () => {
    expect(
      judge(
        [
          ["Last-Modified", at(-100)],
          ["Cache-Control", "public"],
        ],
        599,
      ).freshS,
    ).toBe(10);
  });
});

describe("how old a response is, RFC 9111 sections 4.2.3 and 5.1", () => {
  it.each<[string, Lines, number]>([
    ["by its Date", [["Date", at(-30)]], 30],
    [
      "by its Age",
      [
        ["Date", at(0)],
        ["Age", "30"],
      ],
      30,
    ],
    [
      "by the greater of both",
      [
        ["Date", at(-60)],
        ["Age", "30"],
      ],
      60,
    ],
    ["not by a Date ahead", [["Date", at(30)]], 0],
    ["not by an Age that is no number", [["Age", "abc"]], 0],
    ["not by a negative Age", [["Age", "-7200"]], 0],
    ["not by a broken Age", [["Age", "7200.0"]], 0],
    ["not by an Age with a parameter", [["Age", "7200;foo=bar"]], 0],
    ["by the first of two Ages", [["Age", ["7200", "0"]]], 7200],
    ["by the first of a list", [["Age", "0, 7200"]], 0],
    ["by an Age beyond 31 bits", [["Age", "2147483649"]], 2_147_483_648],
    ["not at all without either", [], 0],
  ])("%s", (_name, lines, ageS) => {
    expect(judge(lines).ageS).toBe(ageS);
  });

  it("adds to Age the time that the answer took", () => {
    expect(judge([["Age", "30"]], 200, 5000).ageS).toBe(35);
  });
});
