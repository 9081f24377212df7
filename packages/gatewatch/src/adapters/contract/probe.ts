import type { ErrorMechanism } from "@gatewatch/protocol";
import type { Gatewatch } from "../../create-gatewatch.ts";
import type { Exchange, Outcome } from "../../gate/exchange.ts";
import { Gate } from "../../gate/gate.ts";
import type { Layer } from "../../gate/layer.ts";
import type { Notice } from "../../gate/notices.ts";
import { SYSTEM_CLOCK } from "../../gate/clock.ts";
import { parseTrustList } from "../../gate/trust/parse-trust-list.ts";
import { MetricRegistry } from "../../metrics/metric-registry.ts";
import { resolveOptions } from "../../options/resolve-options.ts";

export interface Ended {
  x: Exchange;
  outcome: Outcome;
}

/** A Gatewatch that delivers nothing and tells the test what it saw. */
export interface Probe {
  gatewatch: Gatewatch;
  heads: number[];
  errors: { error: unknown; mechanism: ErrorMechanism; x: Exchange }[];
  ended: Ended[];
  notices: Notice[];
  /** For tests that bring their own layers: notes an end as the probe's own layer does. */
  tellEnded(x: Exchange, outcome: Outcome): void;
  /** Resolves when so many exchanges have ended. */
  waitForEnded(count: number): Promise<Ended[]>;
}

export interface ProbeOptions {
  /** Without them the probe itself watches all four moments. */
  layers?: readonly Layer[];
  trustProxy?: readonly string[];
  maxBodyBytes?: number;
  isSkipped?: (path: string) => boolean;
  holdForDelivery?: () => Promise<void>;
}

export function createProbe(options: ProbeOptions = {}): Probe {
  const waiters: { count: number; resolve: (ended: Ended[]) => void }[] = [];
  const probe: Omit<Probe, "gatewatch"> = {
    heads: [],
    errors: [],
    ended: [],
    notices: [],
    tellEnded(x, outcome) {
      probe.ended.push({ x, outcome });
      tell();
    },
    waitForEnded: (count) =>
      new Promise((resolve) => {
        waiters.push({ count, resolve });
        tell();
      }),
  };
  function tell(): void {
    for (const waiter of waiters) if (probe.ended.length >= waiter.count) waiter.resolve(probe.ended);
  }
  const observer: Layer = {
    name: "probe",
    onRequest: () => undefined,
    onHead: (_x, head) => void probe.heads.push(head.status),
    onError: (x, error, mechanism) => void probe.errors.push({ error, mechanism, x }),
    onFinish: (x, outcome) => probe.tellEnded(x, outcome),
  };
  const gate = new Gate({
    layers: options.layers ?? [observer],
    trust: parseTrustList(options.trustProxy ?? []),
    notice: (notice) => void probe.notices.push(notice),
    maxBodyBytes: options.maxBodyBytes ?? 10_000,
    ...(options.isSkipped === undefined ? {} : { isSkipped: options.isSkipped }),
  });
  const gatewatch: Gatewatch = {
    options: resolveOptions({}, { env: {}, dotenv: undefined }),
    gate,
    recorder: {
      recordRequest: () => undefined,
      recordError: () => "probe-error-id",
      finishErrors: () => undefined,
      recordFact: () => undefined,
      addBreadcrumb: (crumb, x) => void x?.breadcrumbs.push(crumb),
      eventOf: () => undefined,
      flush: async () => true,
      close: async () => undefined,
    },
    cache: {
      purgeUrl: async () => undefined,
      purgePath: async () => undefined,
      purgeTag: async () => undefined,
      purgeAll: async () => undefined,
    },
    metrics: new MetricRegistry({
      maxSeries: 2_000,
      clock: SYSTEM_CLOCK,
      notice: (notice) => void probe.notices.push(notice),
    }),
    metricsHandler: () => () => new Response(),
    detect: () => ({ status: "calibrating", anomalies: [] }),
    detectRemotely: async () => ({ status: "unavailable", anomalies: [] }),
    holdForDelivery: () => options.holdForDelivery?.(),
    captureError: () => "probe-error-id",
    log: () => undefined,
    metric: () => undefined,
    event: () => undefined,
    addBreadcrumb: () => undefined,
    flush: async () => true,
    close: async () => undefined,
    stats: () => ({ hooks: gate.stats(), layers: {}, sinks: {} }),
  };
  return { ...probe, gatewatch };
}
