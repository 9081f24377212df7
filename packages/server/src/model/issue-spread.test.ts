import { describe, expect, test } from "vitest";
import { compareSpreads, measureReach } from "./issue-spread.ts";
import { Spread } from "./spread.ts";

function routes(counts: Record<string, number>): Spread {
  const spread = new Spread();
  for (const [route, count] of Object.entries(counts)) {
    spread.count += count;
    spread.add("route", route, count);
  }
  return spread;
}

function people(from: number, to: number, requests = 500): Spread {
  const spread = new Spread();
  spread.count = requests;
  for (let i = from; i < to; i++) spread.addUser(`user:${i}`, 1);
  return spread;
}

describe("compareSpreads()", () => {
  const topRoute = (issue: Spread, traffic: Spread) => compareSpreads([issue.toBytes()], traffic)!.shares[0]!.values[0];

  test("says how large the part of a value is in the issue and in all requests", () => {
    expect(topRoute(routes({ "GET /cart": 19, "GET /": 1 }), routes({ "GET /cart": 40, "GET /": 960 }))).toEqual({
      value: "GET /cart",
      count: 19,
      share: 0.95,
      usual: 0.04,
      special: true,
    });
  });

  test.each<[string, Record<string, number>, Record<string, number>, boolean]>([
    ["what all requests have is not special", { a: 100 }, { a: 100, b: 0 }, false],
    ["nor is less than half of the events", { a: 45, b: 55 }, { a: 1, b: 999 }, false],
    ["nor is less than twice the usual part", { a: 90, b: 10 }, { a: 500, b: 500 }, false],
    ["twice and more is", { a: 90, b: 10 }, { a: 400, b: 600 }, true],
    ["few events are chance", { a: 9 }, { a: 10, b: 990 }, false],
    ["ten events that are all of a rare value are not", { a: 10 }, { a: 10, b: 990 }, true],
    ["ten with half of them of a value that a quarter of all have are", { a: 5, b: 5 }, { a: 250, b: 750 }, false],
    ["a value that no request had counts as one that was missed", { a: 20 }, { b: 100 }, true],
  ])("%s", (_name, issue, traffic, special) => {
    const value = compareSpreads([routes(issue).toBytes()], routes(traffic))!.shares[0]!.values.find(
      (item) => item.value === "a",
    );
    expect(value?.special).toBe(special);
  });

  test("does not know what is usual of few requests, of a facet that no request has, or where most are left out", () => {
    const issue = routes({ a: 50 });
    const few = routes({ b: 99 });
    const other = new Spread();
    other.count = 1000;
    const sampled = routes({ b: 800 });
    sampled.unrecorded = 200;
    for (const traffic of [few, other, sampled])
      expect(topRoute(issue, traffic)).toMatchObject({ usual: null, special: false });
  });

  test("is null without events", () => {
    expect(compareSpreads([], routes({ a: 500 }))).toBeNull();
  });

  test("tells of one user that stands for most events, without saying who", () => {
    const issue = people(0, 3);
    issue.addUser("user:1", 97);
    issue.count = 100;
    const traffic = people(0, 100, 100);
    expect(compareSpreads([issue.toBytes()], traffic)?.topUser).toEqual({
      count: 98,
      share: 0.98,
      usual: expect.closeTo(0.01, 1),
      special: true,
    });
  });
});

describe("measureReach()", () => {
  test("counts users of the issue among everybody who was seen", () => {
    expect(measureReach(people(0, 30), people(10, 110))).toEqual({ users: 30, activeUsers: 110 });
  });

  test("does not know the active users when those of the issue are mostly not among them", () => {
    expect(measureReach(people(0, 30), people(16, 116))).toEqual({ users: 30, activeUsers: null });
    expect(measureReach(people(0, 30), new Spread())).toEqual({ users: 30, activeUsers: null });
  });
});
