import type { RandomSource } from "./random-source.ts";

/**
 * - `outage`: hardly a request arrives, and most of those fail.
 * - `error-burst`: a share of the requests fails.
 * - `latency-shift`: all answers take longer, at once.
 * - `slow-leak`: answers take longer and longer, and errors begin, until a restart.
 * - `traffic-drop`: part of the requests stay away.
 * - `flash-crowd`: many times as many requests, rising fast and falling slowly; answers take longer.
 */
export type IncidentKind = "outage" | "error-burst" | "latency-shift" | "slow-leak" | "traffic-drop" | "flash-crowd";

export interface Incident {
  kind: IncidentKind;
  /** First and last interval. */
  first: number;
  last: number;
  /** From 0.5, hard to see, to 2. */
  strength: number;
}

export interface Effect {
  /** Factor on the requests. */
  requests: number;
  /** Added share of errors. */
  errors: number;
  /** Factor on the latencies. */
  latency: number;
}

const KINDS: readonly IncidentKind[] = [
  "outage",
  "error-burst",
  "latency-shift",
  "slow-leak",
  "traffic-drop",
  "flash-crowd",
];
/** Shortest and longest, minutes. */
const MINUTES: Readonly<Record<IncidentKind, readonly [number, number]>> = {
  outage: [5, 40],
  "error-burst": [5, 60],
  "latency-shift": [20, 180],
  "slow-leak": [180, 600],
  "traffic-drop": [20, 120],
  "flash-crowd": [15, 120],
};
const WEEK_MS = 7 * 86_400_000;
const USUAL: Effect = { requests: 1, errors: 0, latency: 1 };

interface Plan {
  length: number;
  intervalMs: number;
  perWeek: number;
  quietMs: number;
}

/** Each kind in turn, one in each of evenly long stretches, so that they never overlap. */
export function placeIncidents(random: RandomSource, { length, intervalMs, perWeek, quietMs }: Plan): Incident[] {
  if (perWeek <= 0) return [];
  const incidents: Incident[] = [];
  const stretch = Math.floor(WEEK_MS / perWeek / intervalMs);
  let at = random.whole(0, KINDS.length - 1);
  for (let begin = Math.ceil(quietMs / intervalMs); begin + stretch <= length; begin += stretch) {
    const kind = KINDS[at++ % KINDS.length]!;
    const [shortest, longest] = MINUTES[kind];
    const minutes = shortest * (longest / shortest) ** random.next();
    const intervals = Math.min(stretch - 1, Math.max(1, Math.round((minutes * 60_000) / intervalMs)));
    const first = begin + random.whole(0, stretch - intervals - 1);
    incidents.push({ kind, first, last: first + intervals - 1, strength: 0.5 * 4 ** random.next() });
  }
  return incidents;
}

/** What happens in an interval; the incidents are in order of time and do not overlap. */
export function effectOf(incidents: readonly Incident[], index: number): Effect {
  let [low, high] = [0, incidents.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (incidents[middle]!.last < index) low = middle + 1;
    else high = middle;
  }
  const incident = incidents[low];
  if (incident === undefined || index < incident.first) return USUAL;
  const { kind, strength, first, last } = incident;
  const progress = (index - first + 1) / (last - first + 1);
  switch (kind) {
    case "outage":
      return { requests: 0.1 / strength, errors: Math.min(0.9, 0.5 * strength), latency: 3 };
    case "error-burst":
      return { requests: 1, errors: 0.06 * strength, latency: 1 };
    case "latency-shift":
      return { requests: 1, errors: 0, latency: 1 + 0.5 * strength };
    case "slow-leak":
      return { requests: 1, errors: 0.03 * strength * progress ** 4, latency: 1 + strength * progress ** 2 };
    case "traffic-drop":
      return { requests: 1 - Math.min(0.8, 0.35 * strength), errors: 0, latency: 1 };
    case "flash-crowd": {
      const height = Math.min(1, 6 * progress) * Math.min(1, 1.6 * (1 - progress) + 0.1);
      return { requests: 1 + 2 * strength * height, errors: 0.005 * height, latency: 1 + 0.3 * strength * height };
    }
  }
}
