import { describe, expect, test } from "vitest";
import { cutEvent } from "./cut-event.ts";
import type { DetectorKit } from "./detector-kit.ts";
import { createDetectorKitStandIn } from "./detector-stand-in.ts";
import { DiscoveryLedger } from "./discovery-ledger.ts";
import { PointWindow } from "./point-window.ts";
import { RecentEvents } from "./recent-events.ts";
import { RouteRanks } from "./route-ranks.ts";
import { createSlicer } from "./slice-work.ts";
import { tuneLevel } from "./tune-level.ts";

const DAY_MS = 86_400_000;

describe("RouteRanks", () => {
  test("weighs recent traffic more: half a day ago counts for 71 of 100", () => {
    const ranks = new RouteRanks();
    ranks.note("GET /a", 100, 0);
    expect(ranks.trafficOf("GET /a", DAY_MS / 2)).toBeCloseTo(70.71, 2);
    ranks.note("GET /a", 100, DAY_MS);
    expect(ranks.trafficOf("GET /a", DAY_MS)).toBeCloseTo(150, 6);
    expect(ranks.trafficOf("GET /b", DAY_MS)).toBe(0);
  });

  test("stays a number over years", () => {
    const ranks = new RouteRanks();
    for (let day = 0; day < 5_000; day++) ranks.note("GET /a", 100, day * DAY_MS);
    expect(ranks.trafficOf("GET /a", 4_999 * DAY_MS)).toBeCloseTo(200, 6);
  });

  test("forgets the least when a scanner brings more routes than it remembers", () => {
    const ranks = new RouteRanks({ maxCandidates: 3 });
    ranks.note("GET /busy", 100, 0);
    for (let index = 0; index < 1_000; index++) ranks.note(`GET /${index}`, 1, 0);
    expect(ranks.trafficOf("GET /busy", 0)).toBe(100);
    expect(ranks.findLeast(["GET /busy", "GET /999"])).toBe("GET /999");
    expect(ranks.findLeast([])).toBeUndefined();
  });
});

test("PointWindow keeps the last points in their order, and what is not known as null", () => {
  const window = new PointWindow(3, 60_000);
  window.add(1, 10, null);
  for (let at = 2; at < 6; at++) window.add(at, at * 10, { low: 0, middle: 1, high: Number.POSITIVE_INFINITY });
  expect(window.since(4)).toEqual({
    stepMs: 60_000,
    time: [4, 5],
    value: [40, 50],
    low: [0, 0],
    middle: [1, 1],
    high: [null, null],
  });
  expect(window.since(0).time).toEqual([3, 4, 5]);
});

test("RecentEvents lists the last 64, oldest first", () => {
  const recent = new RecentEvents();
  const texts = Array.from({ length: 100 }, (_, index) => String(index));
  for (const text of texts.slice(0, 3)) recent.add(text);
  expect(recent.list()).toEqual(texts.slice(0, 3));
  for (const text of texts.slice(3)) recent.add(text);
  expect(recent.list()).toEqual(texts.slice(-64));
});

test("createSlicer() lets others have the thread after five milliseconds, and not before", async () => {
  let now = 0;
  const slice = createSlicer(() => now);
  now = 4.9;
  expect(slice()).toBeUndefined();
  now = 5;
  const turn = slice();
  expect(turn).toBeInstanceOf(Promise);
  await turn;
  now = 9.9;
  expect(slice()).toBeUndefined();
});

describe("cutEvent()", () => {
  test("keeps an event as it is", () => {
    expect(cutEvent({ a: [1, { b: "é" }] })).toEqual({ a: [1, { b: "é" }] });
  });

  test("cuts long texts, and keeps the beginning of what is too large still", () => {
    const cut = cutEvent({ text: "x".repeat(50_000), n: 1 });
    expect(cut).toEqual({ text: `${"x".repeat(500)}…`, n: 1 });
    const list = cutEvent({ list: Array.from({ length: 20_000 }, (_, index) => index) });
    expect(JSON.stringify(list).length).toBeLessThan(33_000);
    expect(list).toHaveProperty("beginning");
  });
});

describe("tuneLevel()", () => {
  const stream = { profile: "balanced", level: 1e-3 } as const;
  const words = (false_positive: number, confirmed: number) => ({ false_positive, confirmed, dismissed: 99 });

  test.each([
    ["few words", words(4, 0)],
    ["words that are mixed", words(2, 8)],
    ["words that say nothing of it", words(0, 0)],
  ])("changes nothing for %s", (_name, said) => {
    expect(tuneLevel(stream, said)).toBeNull();
  });

  test("is stricter after false alarms, looser after true ones", () => {
    expect(tuneLevel(stream, words(5, 5))).toEqual({
      level: 1e-3 / 1.6,
      reason: "5 of 10 anomalies were called false: stricter",
    });
    expect(tuneLevel(stream, words(0, 5))).toMatchObject({ level: 1.3e-3 });
  });

  test("never leaves a factor of ten around the profile's level", () => {
    let level: number = stream.level;
    for (let turn = 0; turn < 50; turn++) level = tuneLevel({ ...stream, level }, words(9, 0))?.level ?? level;
    expect(level).toBe(1e-4);
    for (let turn = 0; turn < 50; turn++) level = tuneLevel({ ...stream, level }, words(0, 9))?.level ?? level;
    expect(level).toBe(1e-2);
  });
});

describe("DiscoveryLedger", () => {
  type Rows = ReturnType<DiscoveryLedger["takeChanged"]>;
  const open = async (stored: () => Rows, kit: DetectorKit = createDetectorKitStandIn()): Promise<DiscoveryLedger> => {
    const ledger = new DiscoveryLedger(kit, { listDiscovery: async () => stored() });
    await ledger.open();
    return ledger;
  };
  const create = () => open(() => []);

  test("keeps a bound for each family, and goes on where it was", async () => {
    const ledger = await create();
    expect(ledger.decide(1, "series", [1e-9], 0)).toEqual({
      threshold: 1e-9,
      discovery: { target: 0.1, level: 1e-5, tested: 1, told: 1 },
    });
    ledger.decide(1, "event:shop", [0.5], 0);
    const rows = ledger.takeChanged();
    const again = await open(() => rows);
    expect(ledger.takeChanged()).toEqual([]);
    expect(again.decide(1, "series", [0.5], 0).discovery).toMatchObject({ tested: 2, told: 1 });
    expect(again.decide(1, "event:shop", [0.5], 0).discovery).toMatchObject({ tested: 2, told: 0 });
    expect(again.decide(2, "series", [0.5], 0).discovery).toMatchObject({ tested: 1, told: 0 });
  });

  test.each([
    ["nothing where one of a thousand is rare", [1e-7, ...Array.from({ length: 999 }, () => 0.5)], null],
    ["one that is rare among a thousand", [1e-9, ...Array.from({ length: 999 }, () => 0.5)], 1e-9],
    ["several that are rare together", [9e-8, 1e-7, 8e-8, ...Array.from({ length: 27 }, () => 0.5)], 1e-7],
    ["nothing in a batch of ordinary ones", [0.01, 0.2, 0.9], null],
  ])("tells %s", async (_name, pValues, threshold) => {
    expect((await create()).decide(1, "series", pValues, 0).threshold).toBe(threshold);
  });

  test("begins anew after a week without a discovery, and not before", async () => {
    const budgets: number[] = [];
    const kit = createDetectorKitStandIn();
    const ledger = await open(() => [], {
      ...kit,
      createBound(target) {
        budgets.push(target);
        return kit.createBound(target);
      },
    });
    const week = 7 * DAY_MS;
    ledger.decide(1, "series", [0.5], 0);
    ledger.decide(1, "series", [1e-9], week);
    ledger.decide(1, "series", [0.5], 2 * week);
    expect(budgets).toEqual([0.1]);
    expect(ledger.decide(1, "series", [0.5], 2 * week + 1).discovery).toMatchObject({ tested: 4, told: 1 });
    expect(budgets).toEqual([0.1, 0.1]);
  });

  test("begins anew where a bound is damaged, and writes nothing over a past that it does not know yet", async () => {
    const encode = (text: string) => ({ projectId: 1, state: new TextEncoder().encode(text) });
    const damaged = '{"series":{"bound":"AAAA","since":0,"tested":5,"told":5}}';
    const rows = [encode("{"), encode('{"series":null}'), encode('{"series":{"bound":7}}'), encode(damaged)];
    const ledger = new DiscoveryLedger(createDetectorKitStandIn(), { listDiscovery: async () => rows });
    ledger.decide(1, "series", [0.5], 0);
    expect(ledger.takeChanged()).toEqual([]);
    await ledger.open();
    expect(ledger.decide(1, "series", [0.5], 0).discovery).toMatchObject({ tested: 1, told: 0 });
  });

  test("after a turn that was not written goes back for the series, and gives no event's allowance back", async () => {
    let stored: Rows = [];
    const ledger = await open(() => stored);
    ledger.decide(1, "series", [0.5], 0);
    ledger.decide(1, "event:shop", [0.5], 0);
    stored = ledger.takeChanged();
    ledger.decide(1, "series", [0.5], 1);
    ledger.decide(1, "event:shop", [0.5], 1);
    ledger.takeChanged();
    await ledger.reload();
    const again = await open(() => ledger.takeChanged());
    for (const each of [ledger, again]) {
      expect(each.decide(1, "series", [0.5], 2).discovery).toMatchObject({ tested: 2 });
      expect(each.decide(1, "event:shop", [0.5], 2).discovery).toMatchObject({ tested: 3 });
    }
  });

  test("forgets a stream that was deleted, and of too many families the one that was used longest ago", async () => {
    const ledger = await create();
    const testedOf = (name: string) => ledger.decide(1, name, [0.5], 0).discovery.tested;
    expect([testedOf("series"), testedOf("event:a"), testedOf("event:a")]).toEqual([1, 1, 2]);
    ledger.forgetStream(1, "a");
    expect(testedOf("event:a")).toBe(1);
    for (let index = 0; index < 300; index++) {
      testedOf(`event:${index}`);
      testedOf("series");
    }
    expect([testedOf("series"), testedOf("event:a")]).toEqual([302, 1]);
  });
});
