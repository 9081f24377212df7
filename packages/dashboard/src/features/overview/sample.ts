import type { OverviewAnswer } from "@gatewatch/protocol";

const POINTS = 60;
const STEP_MS = 60_000;

/** A calm hour that never was: what the screen will look like, shown dimmed before the first event. */
export function createSample(now: number): Pick<OverviewAnswer, "cards" | "series"> {
  const at = Array.from({ length: POINTS }, (_, index) => index);
  const requests = at.map((index) => Math.round(300 + 80 * Math.sin(index / 8) + 30 * Math.sin(index * 1.7)));
  const errors = at.map((index) => (index > 30 && index < 38 ? 6 + (index % 5) * 3 : index % 9 === 0 ? 1 : 0));
  const p95 = at.map((index) => Math.round(120 + 25 * Math.sin(index / 5) + (index > 30 && index < 38 ? 160 : 0)));
  return {
    cards: [
      { name: "errorRate", value: 0.4, unit: "%", before: 0.4, trend: errors },
      { name: "p95", value: 131, unit: "ms", before: 140, trend: p95 },
      { name: "requestsPerMinute", value: 312, unit: "/min", before: 290, trend: requests },
      { name: "openIssues", value: 3, unit: "", before: null, trend: [] },
    ],
    series: {
      from: now - POINTS * STEP_MS,
      to: now,
      stepMs: STEP_MS,
      route: null,
      time: at.map((index) => now - (POINTS - index) * STEP_MS),
      requests,
      errors,
      clientErrors: errors,
      p50: p95,
      p95,
      p99: p95.map((value) => Math.round(value * 1.5)),
      max: p95,
    },
  };
}
