import { expect, test } from "vitest";
import { createRandom } from "../calibration/random-stand-in.ts";
import { createSeriesDetector, restoreSeriesDetector } from "../index.ts";
import type { SeriesDetector, SeriesKind, SeriesVerdict } from "../ports.ts";
import { SnapshotError } from "../snapshot/snapshot-error.ts";
import { StateWriter } from "../snapshot/state-writer.ts";
import { SeriesModel } from "./series-model.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 0, 5);

/** About 40 an interval, more by day than by night. */
function drawCount(atMs: number, random: () => number): number {
  const mean = 40 + 25 * Math.sin((2 * Math.PI * (atMs % DAY_MS)) / DAY_MS);
  return Math.max(0, Math.round(mean + Math.sqrt(mean) * (random() + random() + random() + random() - 2) * 1.7));
}

interface Fed {
  detector: SeriesDetector;
  atMs: number;
  random: () => number;
}

function feed(days: number, kind: SeriesKind = "count", intervalMs = 5 * MINUTE_MS): Fed {
  const detector = createSeriesDetector({ kind, intervalMs });
  const random = createRandom(7);
  let atMs = START_MS;
  for (; atMs < START_MS + days * DAY_MS; atMs += intervalMs)
    detector.observe({ atMs, value: drawCount(atMs, random) });
  return { detector, atMs, random };
}

test("a series is calibrating until it has 120 points", () => {
  const detector = createSeriesDetector({ kind: "gauge", intervalMs: MINUTE_MS });
  const states = Array.from(
    { length: 121 },
    (_, index) => detector.observe({ atMs: index * MINUTE_MS, value: index === 119 ? 1e9 : index % 7 }).state,
  );
  expect(states.slice(0, 120)).not.toContain("ready");
  expect(states[120]).toBe("ready");
});

test("a burst is told once, with what was expected beside what was seen", () => {
  const { detector, atMs, random } = feed(10);
  const verdicts: SeriesVerdict[] = [];
  for (let point = 0; point < 24; point++) {
    const now = atMs + point * 5 * MINUTE_MS;
    verdicts.push(detector.observe({ atMs: now, value: 400 + drawCount(now, random) }));
  }
  const [first] = verdicts;
  expect(first).toMatchObject({ state: "ready", isAnomaly: true, alarm: true });
  expect(first!.pValue).toBeLessThan(1e-3);
  expect(first!.findings[0]).toMatchObject({ seen: expect.stringMatching(/^4\d\d$/) });
  expect(first!.findings[0]!.message).toMatch(/^Higher than .+: 4\d\d, usual is \d+.* to \d+.*\.$/);
  expect(first!.expected!.low).toBeLessThan(first!.expected!.middle);
  expect(first!.expected!.high).toBeLessThan(150);
  expect(verdicts.filter((verdict) => verdict.alarm).length).toBeLessThanOrEqual(2);
});

test("the score stays high over the whole of an anomaly", () => {
  const { detector, atMs, random } = feed(10);
  const before: number[] = [];
  const during: number[] = [];
  for (let point = 0; point < 400; point++) {
    const now = atMs + point * 5 * MINUTE_MS;
    const isAnomaly = point >= 300 && point < 340;
    const { score } = detector.observe({ atMs: now, value: drawCount(now, random) + (isAnomaly ? 120 : 0) });
    if (point < 300) before.push(score);
    else if (isAnomaly) during.push(score);
  }
  expect(Math.min(...during)).toBeGreaterThan(before.sort((a, b) => a - b)[285]!);
});

test("silence stands out where there was always traffic", () => {
  const { detector, atMs } = feed(10);
  const verdicts = Array.from({ length: 12 }, (_, point) =>
    detector.observe({ atMs: atMs + 12 * HOUR_MS + point * 5 * MINUTE_MS, value: 0 }),
  );
  expect(verdicts.some((verdict) => verdict.alarm)).toBe(true);
  expect(verdicts.flatMap((verdict) => verdict.findings.map((finding) => finding.message)).join()).toMatch(/^Lower/);
});

/** Minutes of a web shop with about 100 requests each, less by night. */
function drawMinute(atMs: number, random: () => number): number {
  const mean = 100 + 60 * Math.sin((2 * Math.PI * (atMs % DAY_MS)) / DAY_MS);
  return Math.max(0, Math.round(mean + Math.sqrt(mean) * (random() + random() + random() + random() - 2) * 1.7));
}

test.each([6, 12, 15])(
  "a shop that falls silent for ten minutes at %i o'clock of its third day is told once",
  (hour) => {
    const detector = createSeriesDetector({ kind: "count", intervalMs: MINUTE_MS });
    const random = createRandom(hour);
    const from = START_MS + 2 * DAY_MS + hour * HOUR_MS;
    const isOut = (atMs: number): boolean => atMs >= from && atMs < from + 10 * MINUTE_MS;
    const alarms: { atMs: number; pValue: number }[] = [];
    for (let atMs = START_MS; atMs < START_MS + 3 * DAY_MS; atMs += MINUTE_MS) {
      const { alarm, pValue } = detector.observe({ atMs, value: isOut(atMs) ? 0 : drawMinute(atMs, random) });
      if (alarm && pValue < 1e-5) alarms.push({ atMs, pValue });
    }
    expect(alarms.map(({ atMs }) => atMs)).toEqual([from]);
  },
);

test("a quiet Saturday of a young series is not called rarer than it can know", () => {
  const detector = createSeriesDetector({ kind: "count", intervalMs: MINUTE_MS });
  const random = createRandom(4);
  let least = 1;
  for (let atMs = START_MS; atMs < START_MS + 7 * DAY_MS; atMs += MINUTE_MS) {
    const isWeekend = atMs >= START_MS + 5 * DAY_MS;
    const { pValue } = detector.observe({ atMs, value: Math.round(drawMinute(atMs, random) * (isWeekend ? 0.5 : 1)) });
    least = Math.min(least, pValue);
  }
  expect(least).toBeGreaterThanOrEqual(2e-4);
});

test("a snapshot of another version is refused, so that the series calibrates anew", () => {
  const writer = new StateWriter("series", 1);
  writer.u8(0);
  expect(() => restoreSeriesDetector(writer.finish())).toThrow(/version 1.+calibrating anew/);
});

test.each(["count", "gauge"] as const)("false alarms of a quiet %s series are no more than promised", (kind) => {
  const levels = [1e-2, 1e-3, 1e-4];
  const hits = [0, 0, 0];
  let judged = 0;
  for (const seed of [1, 2, 3]) {
    const detector = createSeriesDetector({ kind, intervalMs: 5 * MINUTE_MS });
    const random = createRandom(seed);
    for (let point = 0; point < 10_000; point++) {
      const atMs = START_MS + point * 5 * MINUTE_MS;
      const { pValue } = detector.observe({ atMs, value: drawCount(atMs, random) });
      if (point < 1000) continue;
      judged++;
      for (const [index, level] of levels.entries()) if (pValue <= level) hits[index]!++;
    }
  }
  for (const [index, most] of [1.3, 1.5, 2].entries())
    expect(hits[index]! / judged).toBeLessThanOrEqual(most * levels[index]! + 1 / judged);
});

test("a rare event is as rare as it has been, however long none came", () => {
  const random = createRandom(11);
  const detector = createSeriesDetector({ kind: "count", intervalMs: MINUTE_MS, profile: "balanced" });
  let flagged = 0;
  for (let point = 0; point < 20_000; point++) {
    const { isAnomaly } = detector.observe({ atMs: point * MINUTE_MS, value: random() < 0.01 ? 1 : 0 });
    if (isAnomaly && point > 2000) flagged++;
  }
  expect(flagged / 18_000).toBeLessThan(2e-3);
});

test("a constant series says nothing, and its first change is as rare as its length says", () => {
  const detector = createSeriesDetector({ kind: "gauge", intervalMs: MINUTE_MS, profile: "sensitive" });
  for (let point = 0; point < 5000; point++) {
    const { isAnomaly, findings } = detector.observe({ atMs: point * MINUTE_MS, value: 5 });
    expect(isAnomaly).toBe(false);
    expect(findings).toEqual([]);
  }
  expect(detector.observe({ atMs: 5000 * MINUTE_MS, value: 6 })).toMatchObject({ isAnomaly: true, alarm: true });
});

test.each([
  ["NaN", { value: Number.NaN }],
  ["infinity", { value: Infinity }],
  ["a negative count", { value: -1 }],
  ["no time", { atMs: Number.NaN }],
  ["a time beyond all dates", { atMs: 1e300 }],
  ["an empty interval", { weight: 0 }],
  ["a weight that is no number", { weight: Number.NaN }],
])("%s is neither judged nor learned", (_name, part) => {
  const { detector, atMs } = feed(2);
  const before = detector.snapshot();
  expect(detector.observe({ atMs, value: 40, ...part })).toMatchObject({
    state: "calibrating",
    isAnomaly: false,
    pValue: 1,
    findings: [],
    alarm: false,
    expected: null,
  });
  expect(detector.snapshot()).toEqual(before);
});

test.each(["count", "ratio", "gauge", "duration"] as const)(
  "a %s series of garbage yields numbers, and never throws",
  (kind) => {
    const values = [Number.NaN, Infinity, -Infinity, 1e308, -1e308, 0, 5e-324, 1e15, -1e15, 1, 0.5, 42];
    const stepsMs = [MINUTE_MS, MINUTE_MS, 1, 0, -MINUTE_MS, DAY_MS, 1e12, -1e12];
    const random = createRandom(12);
    const detector = createSeriesDetector({ kind, intervalMs: MINUTE_MS });
    let atMs = START_MS;
    for (let point = 0; point < 4000; point++) {
      const step = random() < 0.8 ? MINUTE_MS : stepsMs[Math.floor(random() * stepsMs.length)]!;
      atMs = Math.max(0, Math.min(8e15, atMs + step));
      const value = random() < 0.8 ? random() : values[Math.floor(random() * values.length)]!;
      const verdict = detector.observe({ atMs, value });
      expect(verdict.pValue).toBeGreaterThan(0);
      expect(verdict.pValue).toBeLessThanOrEqual(1);
      expect(verdict.score).toBeLessThan(Infinity);
      const { low, high } = verdict.expected ?? { low: 0, high: 0 };
      expect(low).toBeLessThanOrEqual(high);
    }
    expect(restoreSeriesDetector(detector.snapshot()).snapshot()).toEqual(detector.snapshot());
  },
);

test("late and duplicate points are neither judged nor learned", () => {
  const { detector, atMs, random } = feed(2);
  const control = feed(2);
  for (const lateMs of [5 * MINUTE_MS, HOUR_MS, DAY_MS])
    expect(detector.observe({ atMs: atMs - lateMs, value: 9999 }).state).toBe("calibrating");
  for (let point = 0; point < 50; point++) {
    const now = atMs + point * 5 * MINUTE_MS;
    const value = drawCount(now, random);
    expect(detector.observe({ atMs: now, value })).toEqual(control.detector.observe({ atMs: now, value }));
  }
});

test("a clock that was set back for good is followed", () => {
  const { detector, atMs, random } = feed(3);
  const states = Array.from({ length: 40 }, (_, point) => {
    const now = atMs - 2 * DAY_MS + point * 5 * MINUTE_MS;
    return detector.observe({ atMs: now, value: drawCount(now, random) }).state;
  });
  expect(states[30]).toBe("calibrating");
  expect(states.at(-1)).toBe("ready");
});

test("a gap of a week is passed over", () => {
  const { detector, atMs, random } = feed(10);
  let alarms = 0;
  for (let point = 0; point < 288; point++) {
    const now = atMs + 7 * DAY_MS + point * 5 * MINUTE_MS;
    if (detector.observe({ atMs: now, value: drawCount(now, random) }).alarm) alarms++;
  }
  expect(alarms).toBe(0);
});

test("a few errors of few requests are no news, the same share of many is", () => {
  const detector = createSeriesDetector({ kind: "ratio", intervalMs: MINUTE_MS });
  const random = createRandom(5);
  for (let point = 0; point < 4000; point++) {
    let errors = 0;
    for (let request = 0; request < 200; request++) if (random() < 0.02) errors++;
    detector.observe({ atMs: point * MINUTE_MS, value: errors / 200, weight: 200 });
  }
  const few = detector.observe({ atMs: 4000 * MINUTE_MS, value: 0.25, weight: 4 });
  expect(few.isAnomaly).toBe(false);
  const many = detector.observe({ atMs: 4001 * MINUTE_MS, value: 0.25, weight: 200 });
  expect(many).toMatchObject({ isAnomaly: true, alarm: true });
  expect(many.findings[0]!.seen).toBe("25 %");
});

test("a slow answer is measured by its factor", () => {
  const detector = createSeriesDetector({ kind: "duration", intervalMs: MINUTE_MS });
  const random = createRandom(6);
  for (let point = 0; point < 4000; point++)
    detector.observe({ atMs: point * MINUTE_MS, value: 80 * Math.exp(0.4 * (random() + random() - 1)) });
  expect(detector.observe({ atMs: 4000 * MINUTE_MS, value: 110 }).isAnomaly).toBe(false);
  const slow = detector.observe({ atMs: 4001 * MINUTE_MS, value: 800 });
  expect(slow.isAnomaly).toBe(true);
  expect(slow.expected!.middle).toBeGreaterThan(60);
  expect(slow.expected!.middle).toBeLessThan(100);
});

test("clocks that change to summer time cause no alarm day after day", () => {
  const detector = createSeriesDetector({ kind: "gauge", intervalMs: 5 * MINUTE_MS });
  const random = createRandom(8);
  const shape = (localMs: number): number => {
    const hour = (localMs % DAY_MS) / HOUR_MS;
    return (hour >= 9 && hour < 17 ? 100 : 20) + 4 * random();
  };
  const alarms = new Map<number, number>();
  for (let point = 0; point < 40 * 288; point++) {
    const atMs = START_MS + point * 5 * MINUTE_MS;
    const day = Math.floor(point / 288);
    const { alarm } = detector.observe({ atMs, value: shape(atMs + (day >= 30 ? HOUR_MS : 0)) });
    if (alarm) alarms.set(day, (alarms.get(day) ?? 0) + 1);
  }
  const after = [31, 32, 33, 34, 35, 36, 37, 38, 39].filter((day) => alarms.has(day));
  expect(after.length).toBeLessThanOrEqual(1);
});

test.each(["count", "gauge", "duration"] as const)(
  "a restored %s series goes on exactly as the first one does",
  (kind) => {
    const { detector, atMs, random } = feed(6, kind);
    const restored = restoreSeriesDetector(detector.snapshot());
    for (let point = 0; point < 600; point++) {
      const now = atMs + point * 5 * MINUTE_MS;
      const value = drawCount(now, random) * (point % 200 === 199 ? 9 : 1);
      expect(restored.observe({ atMs: now, value })).toEqual(detector.observe({ atMs: now, value }));
    }
    expect(restored.snapshot()).toEqual(detector.snapshot());
  },
);

test("series that are watched in turn do not see each other", () => {
  const kinds = ["count", "ratio", "gauge", "duration"] as const;
  const draw = (kind: SeriesKind, point: number): number => ((point * 7919) % 101) / (kind === "ratio" ? 200 : 1);
  const judge = (kind: SeriesKind, alone: SeriesDetector, point: number): SeriesVerdict =>
    alone.observe({ atMs: point * MINUTE_MS, value: point === 450 ? 1 : draw(kind, point), weight: 100 });
  const together = kinds.map((kind) => createSeriesDetector({ kind, intervalMs: MINUTE_MS }));
  const verdicts = Array.from({ length: 500 }, (_, point) =>
    kinds.map((kind, index) => judge(kind, together[index]!, point)),
  );
  for (const [index, kind] of kinds.entries()) {
    const alone = createSeriesDetector({ kind, intervalMs: MINUTE_MS });
    for (const [point, judged] of verdicts.entries()) expect(judged[index]).toEqual(judge(kind, alone, point));
  }
});

test.each([
  ["truncated", (bytes: Uint8Array) => bytes.slice(0, 900)],
  ["changed", (bytes: Uint8Array) => bytes.with(700, bytes[700]! ^ 1)],
  ["empty", () => new Uint8Array()],
])("a snapshot that is %s is refused whole", (_name, harm) => {
  const snapshot = feed(1).detector.snapshot();
  expect(() => restoreSeriesDetector(harm(snapshot))).toThrow(SnapshotError);
});

test("a series remembers at most 16 kB, in cells that all are used", () => {
  const { detector } = feed(1);
  expect(detector.bytes).toBeLessThanOrEqual(16_000);
  expect(detector.snapshot().length).toBeLessThanOrEqual(detector.bytes);
  expect(new SeriesModel("gauge", MINUTE_MS).memory.spare).toEqual({ numbers: 0, floats: 0, counts: 0 });
});

test.each([
  [{ kind: "gauge", intervalMs: 0 } as const, /intervalMs is 0/],
  [{ kind: "gauge", intervalMs: Number.NaN } as const, /intervalMs is NaN/],
  [{ kind: "guage" as "gauge", intervalMs: 1 }, /kind is guage/],
])("options that cannot be are refused: %o", (options, message) => {
  expect(() => createSeriesDetector(options)).toThrow(message);
});
