import { parseTrustList } from "../../gate/trust/parse-trust-list.ts";
import { BOOLEAN, type GroupSpec, integer, SECRET } from "../option-kinds.ts";
import { splitList } from "../values/split-list.ts";

export interface MetricsOptions {
  /** Requests and the process are measured. @default true */
  enabled: boolean;
  /** Where the metrics are served; null: nowhere. @default null */
  path: string | null;
  /** Who sends it as a bearer token may read the metrics. @default null */
  token: string | null;
  /** Who may read the metrics without a token: addresses, CIDR blocks, or names of ranges such as `loopback`. @default [] */
  allow: readonly string[];
  /** Rows of one metric; all beyond share one. @default 2000 */
  maxSeries: number;
  /** Upper bounds for the duration of requests (seconds). @default [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] */
  durationBuckets: readonly number[];
  /** The process is measured too, once somebody can read it. @default true */
  runtime: boolean;
  /** The app's own registry of prom-client or `@prometheus-io/client`, or MeterProvider of OpenTelemetry, that gets all metrics too. @default null */
  exportTo: object | null;
}

export const METRICS_SPEC: GroupSpec<MetricsOptions> = {
  enabled: { default: true, kind: BOOLEAN, doc: "Requests are measured, by the names of OpenTelemetry." },
  path: {
    default: null,
    kind: {
      type: "code",
      allowed: 'a path such as "/metrics", or null',
      parse: parsePath,
      fromText: (text) => (text.trim() === "" ? null : text.trim()),
    },
    doc: "Where the metrics are served, to who has the token or one of the addresses.",
  },
  token: {
    default: null,
    kind: SECRET,
    doc: "Who sends it as a bearer token may read the metrics; at least 16 characters.",
  },
  allow: {
    default: [],
    kind: {
      type: "code",
      allowed: 'a list of addresses, CIDR blocks, or names of ranges such as "loopback" or "private"',
      parse: parseAllow,
      fromText: splitList,
    },
    doc: "Who may read the metrics without a token: addresses, CIDR blocks, or `loopback`, `linklocal`, `uniquelocal`, `private`, `cgnat`.",
  },
  maxSeries: {
    default: 2000,
    kind: integer(10, 100_000),
    doc: "Rows of one metric; all beyond share one, which is labelled `otel_metric_overflow`.",
  },
  durationBuckets: {
    default: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    kind: {
      type: "code",
      allowed: "a list of ascending numbers of seconds, at most 100",
      parse: parseBounds,
      fromText: (text) => splitList(text).map(Number),
    },
    doc: "Upper bounds for the duration of requests, in seconds.",
  },
  runtime: {
    default: true,
    kind: BOOLEAN,
    doc: "The process is measured too (event loop, memory, CPU, garbage collection), once somebody can read it.",
  },
  exportTo: {
    default: null,
    kind: {
      type: "code",
      allowed: "a registry of prom-client or @prometheus-io/client, a MeterProvider of OpenTelemetry, or null",
      parse: parseTarget,
    },
    doc: "The app's own registry (prom-client, `@prometheus-io/client`) or MeterProvider (OpenTelemetry), which gets all metrics too.",
  },
};

/** By what it can do: neither library is needed. */
export function isPromRegistry(target: object): boolean {
  return has(target, "registerMetric") && has(target, "removeSingleMetric");
}

export function isMeterProvider(target: object): boolean {
  return has(target, "getMeter");
}

function has(target: object, name: string): boolean {
  return typeof Reflect.get(target, name) === "function";
}

function parseTarget(value: unknown): object | null {
  if (value === null) return null;
  if (typeof value === "object" && (isPromRegistry(value) || isMeterProvider(value))) return value;
  throw new TypeError(`it is a ${typeof value} that can do neither registerMetric nor getMeter`);
}

function parsePath(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value === "string" && /^\/[!$&-;=@-_a-z~]{0,200}$/.test(value)) return value;
  throw new TypeError(`${JSON.stringify(value) ?? typeof value} is no path; it begins with "/" and is percent-encoded`);
}

function parseAllow(value: unknown): readonly string[] {
  const items: unknown[] = typeof value === "string" ? splitList(value) : [value].flat();
  const entries = items.map((item) => {
    if (typeof item === "string" && item.trim() !== "") return item.trim();
    throw new TypeError(`${JSON.stringify(item) ?? typeof item} is no address`);
  });
  try {
    parseTrustList(entries);
  } catch (error) {
    throw new TypeError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  return Object.freeze(entries);
}

function parseBounds(value: unknown): readonly number[] {
  if (!Array.isArray(value)) throw new TypeError("it is no list");
  const bounds: unknown[] = value;
  if (bounds.length === 0 || bounds.length > 100) throw new TypeError("it has no bound, or more than 100");
  let before = 0;
  for (const bound of bounds) {
    if (typeof bound !== "number" || !Number.isFinite(bound) || bound <= before) {
      throw new TypeError(`${JSON.stringify(bound) ?? typeof bound} is no number above ${before}`);
    }
    before = bound;
  }
  return Object.freeze(bounds as number[]);
}
