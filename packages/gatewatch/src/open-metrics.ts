import { SYSTEM_CLOCK } from "./gate/clock.ts";
import type { WriteNotice } from "./gate/notices.ts";
import { parseTrustList } from "./gate/trust/parse-trust-list.ts";
import type { MetricsServing } from "./metrics/answer-metrics.ts";
import { exportToMeterProvider, type MeterProvider } from "./metrics/export-to-meter-provider.ts";
import { exportToPromRegistry, type PromRegistry } from "./metrics/export-to-prom-registry.ts";
import { MetricRegistry } from "./metrics/metric-registry.ts";
import { MetricsAccess } from "./metrics/metrics-access.ts";
import { startRuntimeMetrics } from "./metrics/runtime-metrics.ts";
import { ConfigError } from "./options/config-error.ts";
import { isPromRegistry } from "./options/groups/metrics.ts";
import type { ConfigValues } from "./options/options.ts";
import { VERSION } from "./version.ts";

/** The numbers of one Gatewatch, and who may read them. */
export interface OpenMetrics {
  readonly registry: MetricRegistry;
  readonly serving: MetricsServing;
  /** Somebody can read them: the process is measured from now on. */
  startRuntime(): void;
  close(): void;
}

const MIN_TOKEN_CHARS = 16;

/** @throws ConfigError for metrics that strangers could read. */
export function openMetrics({ metrics, trustProxy }: ConfigValues, notice: WriteNotice): OpenMetrics {
  const { enabled, path, token, allow, maxSeries, runtime, exportTo } = metrics;
  const access = new MetricsAccess(token, parseTrustList(allow));
  if (token !== null && token.length < MIN_TOKEN_CHARS) {
    throw new ConfigError(
      "unsafe_option",
      "metrics.token",
      `metrics.token has ${token.length} characters and could be guessed; allowed are ${MIN_TOKEN_CHARS} or more.`,
    );
  }
  if (enabled && path !== null && !access.isConfigured) {
    throw new ConfigError(
      "unsafe_option",
      "metrics.path",
      `metrics.path is ${path}, where any stranger could read the metrics. Set metrics.token, or metrics.allow to the addresses that may read them.`,
    );
  }
  const registry = new MetricRegistry({ maxSeries, clock: SYSTEM_CLOCK, notice });
  const ends: (() => void)[] = [];
  let isRuntimeOn = false;
  const startRuntime = (): void => {
    if (!runtime || isRuntimeOn) return;
    isRuntimeOn = true;
    ends.push(startRuntimeMetrics(registry));
  };
  if (exportTo !== null) {
    ends.push(
      isPromRegistry(exportTo)
        ? exportToPromRegistry(registry, exportTo as PromRegistry)
        : exportToMeterProvider(registry, exportTo as MeterProvider, VERSION),
    );
  }
  if (exportTo !== null || (enabled && path !== null)) startRuntime();
  return {
    registry,
    serving: { registry, access, trust: parseTrustList(trustProxy), isOpen: false },
    startRuntime,
    close() {
      for (const end of ends.splice(0)) end();
    },
  };
}
