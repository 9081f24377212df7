import { drawBetaBinomial, drawNegativeBinomial } from "./null-draws.ts";
import { RandomSource } from "./random-source.ts";
import { effectOf, type Incident, placeIncidents } from "./seasonal-incidents.ts";

export interface SeasonalTrafficOptions {
  seed: number;
  days: number;
  /** @default 60_000 */
  intervalMs?: number;
  /** Requests in an average interval. @default 200 */
  meanRequests?: number;
  /** Beyond Poisson's: variance mean + dispersion · mean². @default 0.01 */
  dispersion?: number;
  /** Share of requests that fail on a usual day. @default 0.01 */
  errorShare?: number;
  /** Day on which the clocks of the users change by an hour: their habits come an hour earlier from then on. */
  clockChangeDay?: number;
  /** Incidents a week, of every kind in turn; 0 for a stream in which nothing is anomalous. @default 0 */
  incidentsPerWeek?: number;
  /** Days at the beginning without incidents. @default 3 */
  quietDays?: number;
}

export interface TrafficPoint {
  atMs: number;
  requests: number;
  errors: number;
  /** Milliseconds; NaN when there was no request. */
  medianMs: number;
  p95Ms: number;
}

export interface SeasonalTraffic {
  points: readonly TrafficPoint[];
  incidents: readonly Incident[];
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** A Monday. */
const FIRST_MS = Date.UTC(2024, 0, 1);
/** Of the logarithm of the rate, its slow wandering over about six hours, which no calendar tells. */
const WANDER = 0.04;
const WANDER_MS = 6 * HOUR_MS;
const LATENCY_SPREAD = 0.45;

/**
 * The traffic of a web shop, interval by interval: a day with a noon and a higher evening hill, weekends that are lower and later, a
 * slow growth, a level that wanders, counts and errors that vary more than Poisson's and binomial laws allow, latencies that rise with
 * the load. Incidents are laid over it. The same seed gives the same traffic.
 */
export function generateSeasonalTraffic(options: SeasonalTrafficOptions): SeasonalTraffic {
  const { seed, days, intervalMs = 60_000, meanRequests = 200, dispersion = 0.01, errorShare = 0.01 } = options;
  const { clockChangeDay = Infinity, incidentsPerWeek = 0, quietDays = 3 } = options;
  const random = new RandomSource(seed);
  const length = Math.floor((days * DAY_MS) / intervalMs);
  const incidents = placeIncidents(new RandomSource(seed + 7919), {
    length,
    intervalMs,
    perWeek: incidentsPerWeek,
    quietMs: quietDays * DAY_MS,
  });
  const growthPerDay = 0.002 * random.normal();
  const keep = Math.exp(-intervalMs / WANDER_MS);
  let wander = WANDER * random.normal();
  let slowness = 0;
  const points: TrafficPoint[] = [];
  for (let index = 0; index < length; index++) {
    const atMs = FIRST_MS + index * intervalMs;
    const day = (index * intervalMs) / DAY_MS;
    wander = keep * wander + WANDER * Math.sqrt(1 - keep * keep) * random.normal();
    slowness = 0.7 * slowness + 0.02 * random.normal();
    const habit = habitAt(atMs + (day >= clockChangeDay ? HOUR_MS : 0));
    const effect = effectOf(incidents, index);
    const expected = meanRequests * habit * Math.exp(wander + growthPerDay * day) * effect.requests;
    const requests = drawNegativeBinomial(random, expected, dispersion);
    const errors = drawBetaBinomial(random, requests, Math.min(1, errorShare + effect.errors), 0.002);
    const middle = 40 * (1 + 0.25 * habit) * Math.exp(slowness) * effect.latency;
    points.push({ atMs, requests, errors, ...drawLatencies(random, requests, middle) });
  }
  return { points, incidents };
}

/** Requests in relation to the average, by the users' own clock. */
function habitAt(atMs: number): number {
  const day = Math.floor(atMs / DAY_MS);
  const isWeekend = (day + 3) % 7 >= 5;
  const hour = (atMs % DAY_MS) / HOUR_MS - (isWeekend ? 1.5 : 0);
  const shape = Math.exp(-0.55 + 0.9 * hill(hour, 13, 5) + 1.15 * hill(hour, 20.5, 2.6) - 1.3 * hill(hour, 4, 3));
  return shape * (isWeekend ? 0.75 : 1);
}

/** 1 at the hour `top`, falling on both sides, around the clock. */
function hill(hour: number, top: number, width: number): number {
  const away = Math.abs(((hour - top + 36) % 24) - 12);
  return Math.exp(-0.5 * (away / width) ** 2);
}

/** Quantiles of a lognormal sample of that size, by their asymptotic normal law. */
function drawLatencies(random: RandomSource, requests: number, middleMs: number): { medianMs: number; p95Ms: number } {
  if (requests === 0) return { medianMs: NaN, p95Ms: NaN };
  const error = LATENCY_SPREAD / Math.sqrt(requests);
  const shared = random.normal();
  const medianMs = middleMs * Math.exp(1.25 * error * shared);
  const above = 1.645 * LATENCY_SPREAD + error * (0.5 * shared + 2.05 * random.normal());
  return { medianMs, p95Ms: Math.max(medianMs, middleMs * Math.exp(above)) };
}
