import type {
  AnomalyDetail,
  AnomalyFeedback,
  AnomalyRow,
  Measure,
  ProtectionAnswer,
  StreamRow,
} from "@gatewatch/protocol";
import { createRandom } from "./mock-random.ts";

const SPANS: Record<string, number> = { "15m": 15, "1h": 60, "6h": 360, "24h": 1440, "7d": 10_080, "14d": 20_160 };
const MINUTE = 60_000;

type Plan = [
  kind: "series" | "event",
  stream: string,
  measure: Measure | null,
  at: number,
  length: number,
  surprise: number,
  told: boolean,
  why: string,
];

const PLANS: Plan[] = [
  [
    "series",
    "POST /checkout",
    "p95",
    0.72,
    0.28,
    8.4,
    true,
    "p95 of POST /checkout is 1.24 s, usually 180 ms to 420 ms at this time of day",
  ],
  [
    "series",
    "POST /checkout",
    "errorRate",
    0.73,
    0.27,
    11.2,
    true,
    "29 % of POST /checkout failed, usually 0 % to 0.4 %",
  ],
  ["series", "GET /products", "requests", 0.31, 0.02, 3.2, false, "612 requests a minute, usually 340 to 590"],
  ["series", "", "requests", 0.88, 0.04, 4.1, true, "1,204 requests a minute, usually 900 to 1,150"],
  [
    "series",
    "GET /orders/:id",
    "p99",
    0.12,
    0.03,
    3.4,
    false,
    "p99 of GET /orders/:id is 940 ms, usually 210 ms to 700 ms",
  ],
  ["event", "payments", null, 0.44, 0, 5.6, true, "`cvv` is missing; it was there in 18,204 of 18,204 events"],
  ["event", "payments", null, 0.52, 0, 3.1, false, "`amount` 9,400, usually 12 to 310"],
  ["event", "payments", null, 0.81, 0, 6.3, true, '`country` "<b>XX</b>", never seen; usually "DE", "AT", "CH"'],
  [
    "event",
    "requests",
    null,
    0.63,
    0,
    4.7,
    true,
    "`query` holds characters that no query of this route had: ' OR 1=1--",
  ],
];

/** A few anomalies of every kind, and what the detectors say of themselves. */
export function createMockAnomalies(now: number) {
  const feedback = new Map<number, AnomalyFeedback | null>([[7, "false_positive"]]);

  function rowOf(index: number, from: number, to: number): AnomalyRow {
    const [kind, stream, measure, at, length, surprise, told, why] = PLANS[index]!;
    const startedAt = Math.round(from + (to - from) * at);
    const ends = at + length >= 0.995;
    return {
      id: index + 1,
      projectId: 1,
      kind,
      stream,
      measure,
      startedAt,
      endedAt: kind === "series" && ends ? null : Math.round(startedAt + (to - from) * length),
      pValue: 10 ** -surprise,
      level: 1e-3,
      score: surprise * 1.7,
      count: kind === "series" ? Math.max(1, Math.round(length * 60)) : 1,
      why,
      feedback: feedback.get(index + 1) ?? null,
      told,
    };
  }

  function protection(range: string): ProtectionAnswer {
    const to = now;
    const from = now - (SPANS[range] ?? 60) * MINUTE;
    const lanes = new Map<string, ProtectionAnswer["lanes"][number]>();
    PLANS.forEach(([kind, stream, measure], index) => {
      const key = `${kind} ${stream} ${measure}`;
      if (!lanes.has(key)) lanes.set(key, { kind, stream, measure, anomalies: [] });
      lanes.get(key)!.anomalies.push(rowOf(index, from, to));
    });
    return {
      from,
      to,
      lanes: [...lanes.values()],
      watched: { series: 30, ready: 25, eventStreams: 2 },
      promise: { target: 0.1, judged: 61_240, flagged: 58, expected: 61.2, told: 6 },
      gate: { requests: 29_150, limited: 214, refused: 3 },
    };
  }

  function detail(id: number): AnomalyDetail | null {
    if (PLANS[id - 1] === undefined) return null;
    const row = rowOf(id - 1, now - 60 * MINUTE, now);
    const isSeries = row.kind === "series";
    return {
      ...row,
      findings: findingsOf(row),
      event: isSeries ? null : EVENT,
      normal: isSeries ? null : NORMAL,
      series: isSeries ? seriesOf(row, now) : null,
      discovery: { target: 0.1, level: 4.2e-4, tested: 61_240, told: 6 },
      compression: isSeries
        ? null
        : {
            algorithm: "zstd",
            fallbackFrom: "openzl",
            ncd: 0.71,
            baselineRatio: 6.4,
            windowRatio: 2.1,
            baselineEntropy: 4.9,
            windowEntropy: 5.2,
          },
      history: row.feedback === null ? [] : [{ at: now - 4 * MINUTE, by: "ada@shop.example", action: row.feedback }],
    };
  }

  return {
    protection,
    detail,
    streams: (): StreamRow[] => STREAMS,
    setFeedback: (id: number, value: AnomalyFeedback | null) => feedback.set(id, value),
  };
}

function findingsOf({ kind, measure }: AnomalyRow): AnomalyDetail["findings"] {
  if (kind === "event")
    return [
      {
        field: "body.cvv",
        message: "body.cvv is missing",
        expected: "3 digits (18,204 of 18,204 events)",
        seen: "nothing",
        surprise: 5.6,
      },
      { field: "body.amount", message: "body.amount is large", expected: "12 to 310", seen: "9400", surprise: 2.2 },
    ];
  const [low, high, seen] = measure === "errorRate" ? ["0 %", "0.4 %", "29 %"] : ["180 ms", "420 ms", "1.24 s"];
  return [
    {
      field: "time of day",
      message: "unusual for this time of day",
      expected: `${low} to ${high}`,
      seen: seen!,
      surprise: 8.4,
    },
    { field: "level", message: "far from the usual level", expected: `${low} to ${high}`, seen: seen!, surprise: 6.1 },
  ];
}

function seriesOf(row: AnomalyRow, now: number): NonNullable<AnomalyDetail["series"]> {
  const random = createRandom(row.id);
  const scale = row.measure === "errorRate" ? 0.002 : row.measure === "requests" ? 450 : 260;
  const peak = row.measure === "errorRate" ? 0.29 : scale * 4;
  const time = Array.from({ length: 90 }, (_, index) => now - (90 - index) * MINUTE);
  const middle = time.map((_, index) => scale * (1 + Math.sin(index / 14) * 0.2));
  const isOut = (at: number): boolean => at >= row.startedAt && at <= (row.endedAt ?? now);
  return {
    stepMs: MINUTE,
    time,
    value: time.map((at, index) =>
      index === 12 ? null : isOut(at) ? peak * (0.8 + random() * 0.3) : middle[index]! * (0.85 + random() * 0.3),
    ),
    low: middle.map((value) => value * 0.7),
    middle,
    high: middle.map((value) => value * 1.4),
  };
}

const NORMAL = {
  type: "payment",
  body: { amount: 42.5, currency: "EUR", cvv: "[REDACTED]", country: "DE", items: 3 },
  attributes: { user_id: "u_1923" },
};
const EVENT = {
  type: "payment",
  body: { amount: 9400, currency: "EUR", country: "<b>XX</b>", items: 1 },
  attributes: { user_id: "u_88" },
};

function stream(
  kind: StreamRow["kind"],
  name: string,
  measure: Measure | null,
  changes: Partial<StreamRow> = {},
): StreamRow {
  return {
    kind,
    stream: name,
    measure,
    profile: "balanced",
    autoTune: false,
    adaptiveWindow: false,
    state: "ready",
    seen: 20_160,
    needed: 0,
    quarantined: 0,
    level: 1e-3,
    flaggedRate: 0.00094,
    anomalies: 3,
    feedback: { confirmed: 1, false_positive: 0, dismissed: 0 },
    drift: 0.4,
    lastSeenAt: null,
    bytes: 14_000,
    ...changes,
  };
}

const STREAMS: StreamRow[] = [
  stream("event", "payments", null, { seen: 18_204, profile: "strict", level: 1e-4, flaggedRate: 0.00011 }),
  stream("event", "requests", null, { seen: 61_000 }),
  stream("series", "", "requests"),
  stream("series", "POST /checkout", "p95", { drift: 44 }),
  stream("series", "POST /checkout", "errorRate", { autoTune: true }),
  stream("series", "POST /refunds", "p95", { state: "calibrating", seen: 210, needed: 790, flaggedRate: null }),
];
