import type { DetectableEvent, EventDetector, SeriesDetector, SeriesVerdict, Verdict } from "@gatewatch/detect";
import type { DetectorKit, DiscoveryBound } from "./detector-kit.ts";

/** Points or events before a stand-in is ready. */
export const STAND_IN_NEEDS = 10;

interface Calls {
  /** Points of every series in the order in which they came. */
  points: { kind: string; atMs: number; value: number; weight: number }[];
  feedback: { event: unknown; feedback: string }[];
}

/** Test support: detectors whose judgement can be read off their input. A number of 1,000 and more, or a text with "odd" in it, is odd. */
export function createDetectorKitStandIn(): DetectorKit & Calls {
  const calls: Calls = { points: [], feedback: [] };
  return Object.assign(calls, {
    needs: { series: STAND_IN_NEEDS, events: STAND_IN_NEEDS },
    createSeries: ({ kind }: { kind: string }) => createSeries(kind, 0, false, calls),
    restoreSeries(snapshot: Uint8Array) {
      const { kind, seen, isOut } = parse(snapshot);
      return createSeries(kind as string, seen as number, isOut as boolean, calls);
    },
    createEvents: () => createEvents([], calls),
    restoreEvents: (snapshot: Uint8Array) => createEvents(parse(snapshot).learned as string[], calls),
    readLog: (bytes: Uint8Array) =>
      (parse(bytes).learned as string[]).map((text) => ({ atMs: 0, event: JSON.parse(text) as DetectableEvent })),
    createBound: () => createBound(0),
    restoreBound: (state: Uint8Array) => createBound(parse(state).tested as number),
  } satisfies DetectorKit);
}

function createSeries(kind: string, before: number, wasOut: boolean, calls: Calls): SeriesDetector {
  let seen = before;
  let isOut = wasOut;
  return {
    bytes: 100,
    observe({ atMs, value, weight = 1 }): SeriesVerdict {
      calls.points.push({ kind, atMs, value, weight });
      seen += 1;
      const state = seen > STAND_IN_NEEDS ? "ready" : "calibrating";
      const isAnomaly = state === "ready" && value >= 1000;
      const alarm = isAnomaly && !isOut;
      isOut = isAnomaly;
      const findings = isAnomaly
        ? [{ field: "level", message: "far out", expected: "0 to 100", seen: String(value) }]
        : [];
      const expected = state === "ready" ? { low: 0, middle: 50, high: 100 } : null;
      return {
        state,
        isAnomaly,
        alarm,
        pValue: isAnomaly ? 1 / value ** 2 : 0.5,
        score: isAnomaly ? value : 0,
        findings,
        expected,
      };
    },
    snapshot: () => format({ kind, seen, isOut }),
  };
}

function createEvents(before: readonly string[], calls: Calls): EventDetector {
  const learned = [...before];
  const judge = (event: object): Verdict => {
    const text = JSON.stringify(event);
    const state = learned.length >= STAND_IN_NEEDS ? "ready" : "calibrating";
    const isOdd = state === "ready" && text.includes("odd") && !learned.includes(text);
    const findings = isOdd
      ? [{ field: "body.item", message: "never seen", expected: "book", seen: "odd", surprise: 5 }]
      : [];
    return { state, isAnomaly: isOdd, pValue: isOdd ? 1e-5 : 0.5, findings, block: isOdd, score: isOdd ? 9 : 0 };
  };
  const learn = (event: object): void => void learned.push(JSON.stringify(event));
  return {
    judge,
    learn,
    observe(event) {
      const verdict = judge(event);
      if (!verdict.isAnomaly) learn(event);
      return verdict;
    },
    nearestNormal: () => (learned[0] === undefined ? null : (JSON.parse(learned[0]) as Record<string, unknown>)),
    feedback(event, feedback) {
      calls.feedback.push({ event, feedback });
      if (feedback === "false_positive") learn(event);
    },
    merge(snapshot) {
      learned.push(...(parse(snapshot).learned as string[]));
    },
    snapshot: () => format({ learned }),
    get stats() {
      const observedRates = { sensitive: 0, balanced: 0, strict: 0 };
      return { events: learned.length, quarantined: 1, observedRates, drift: 0.5, bytes: 1000 };
    },
  };
}

/** Everything up to 1e-5 is a discovery. */
function createBound(before: number): DiscoveryBound {
  let tested = before;
  return {
    decide(pValue) {
      tested += 1;
      return { isDiscovery: pValue <= 1e-5, level: 1e-5 };
    },
    toBytes: () => format({ tested }),
  };
}

function format(value: Record<string, unknown>): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
}
