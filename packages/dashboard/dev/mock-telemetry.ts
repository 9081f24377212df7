import type { IssueRow, LiveRequest, OverviewAnswer, RouteRow, SeriesAnswer } from "@gatewatch/protocol";
import { createRandom } from "./mock-random.ts";

const SPANS: Record<string, number> = { "15m": 15, "1h": 60, "6h": 360, "24h": 1440, "7d": 10_080, "14d": 20_160 };

export function createMockSeries(now: number, range: string): SeriesAnswer {
  const minutes = SPANS[range] ?? 60;
  const points = Math.min(120, minutes);
  const stepMs = (minutes / points) * 60_000;
  const to = Math.floor(now / stepMs) * stepMs;
  const random = createRandom(11);
  const time = Array.from({ length: points }, (_, index) => to - (points - index) * stepMs);
  const trouble = (index: number) => index / points > 0.72;
  const requests = time.map((_, index) => Math.round(420 + Math.sin(index / 9) * 90 + random() * 70));
  const p95 = time.map((_, index) => (index === 20 ? null : Math.round((trouble(index) ? 420 : 180) + random() * 60)));
  return {
    from: to - points * stepMs,
    to,
    stepMs,
    route: null,
    time,
    requests,
    errors: requests.map((count, index) =>
      Math.round(count * (trouble(index) ? 0.03 + random() * 0.04 : random() * 0.004)),
    ),
    clientErrors: requests.map((count) => Math.round(count * 0.02)),
    p50: p95.map((value) => value && Math.round(value / 4)),
    p95,
    p99: p95.map((value) => value && Math.round(value * (1.3 + random() * 0.9))),
    max: p95.map((value) => value && value * 4),
  };
}

const ROUTES: [method: string, route: string, count: number, errors: number, p95: number, meanMs: number][] = [
  ["POST", "/checkout", 2210, 640, 1240, 410],
  ["GET", "/products", 12_480, 21, 390, 62],
  ["GET", "/products/:id", 9120, 8, 142, 40],
  ["POST", "/cart/:id/items", 4030, 122, 96, 31],
  ["GET", "/orders/:id", 1310, 6, 210, 88],
];

export function createMockRoutes(): RouteRow[] {
  return ROUTES.map(([method, route, count, errors, p95, meanMs]) => ({
    method,
    route,
    count,
    errors,
    clientErrors: 4,
    p50: p95 / 4,
    p95,
    p99: p95 * 1.6,
    max: p95 * 4,
    totalMs: count * meanMs,
  }));
}

export function createMockOverview(now: number, range: string, issues: IssueRow[]): OverviewAnswer {
  const series = createMockSeries(now, range);
  const rate = series.requests.map((count, index) => ((series.errors[index] ?? 0) / count) * 100);
  return {
    from: series.from,
    to: series.to,
    verdict: {
      level: "bad",
      text: "Error rate 5.1 %, 8.2× normal since 13:44 UTC; 83 % on `POST /checkout`; 3 new issues, 1 regressed.",
    },
    cards: [
      { name: "errorRate", value: 2.14, unit: "%", before: 0.31, trend: rate },
      { name: "p95", value: 412, unit: "ms", before: 298, trend: series.p95 },
      { name: "requestsPerMinute", value: 431, unit: "/min", before: 446, trend: series.requests },
      { name: "openIssues", value: 134, unit: "", before: null, trend: [] },
    ],
    series,
    issues: issues.filter((issue) => issue.state === "new" || issue.state === "regressed").slice(0, 5),
    routes: createMockRoutes(),
    hasData: true,
  };
}

const random = createRandom(3);
let seq = 0;

export function createMockRequest(now: number): LiveRequest {
  seq += 1;
  const [method, route, , , p95] = ROUTES[Math.floor(random() * random() * ROUTES.length)] ?? ROUTES[0]!;
  const failed = route === "/checkout" && random() < 0.3;
  const status = failed ? 500 : random() < 0.04 ? 404 : random() < 0.05 ? 302 : 200;
  const hostile = seq % 37 === 0;
  return {
    seq,
    time: now,
    method,
    route: hostile ? null : route,
    path: hostile ? "/<svg onload=alert(1)>.php" : route.replace(":id", String(1000 + (seq % 800))),
    status: hostile ? 404 : status,
    durationMs: Number((random() * random() * p95 * 1.2 + 1).toFixed(2)),
    requestId: `018f-${seq.toString(16).padStart(8, "0")}`,
    userId: random() < 0.4 ? `user-${Math.floor(random() * 900)}` : null,
    client: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    errorId: failed ? `e-${seq}` : null,
    issueId: failed ? 1 + (seq % 2) : null,
  };
}
