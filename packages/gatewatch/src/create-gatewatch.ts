import { hostname } from "node:os";
import type { Resource } from "@gatewatch/protocol";
import { SYSTEM_CLOCK } from "./gate/clock.ts";
import { currentExchange } from "./gate/context.ts";
import type { GateCore } from "./gate/gate-core.ts";
import { createFactTeller, type FactTeller } from "./gate/fact.ts";
import { Gate } from "./gate/gate.ts";
import type { HookStats } from "./gate/hook-guard.ts";
import { buildBreadcrumb, type CustomBreadcrumb } from "./gate/custom-breadcrumb.ts";
import { parseTrustList } from "./gate/trust/parse-trust-list.ts";
import { type CachePurges, StorePurges } from "./layers/cache/cache-purges.ts";
import { listLayers } from "./layers/list.ts";
import { listRouteLayers } from "./layers/list-route-layers.ts";
import { isRateLimitLayer } from "./layers/rate-limit/create-rate-limit-layer.ts";
import type { RateLimits } from "./layers/rate-limit/rate-limits.ts";
import { LocalLog } from "./layers/log/local-log.ts";
import { openLineWriter } from "./layers/log/open-line-writer.ts";
import { createRequestDetail } from "./layers/log/request-detail.ts";
import { checkCodeOnly, type CodeOnlyOptions, dropCodeOnly, parseRedis } from "./code-only-options.ts";
import { createMetricsHandler, type MetricsHandler, type MetricsHandlerOptions } from "./create-metrics-handler.ts";
import type { Instruments } from "./gate/instruments.ts";
import { openMetrics } from "./open-metrics.ts";
import { type EventDetection, openDetection } from "./open-detection.ts";
import { loadConfigFile } from "./options/load-config-file.ts";
import type { ConfigOptions, ConfigValues } from "./options/options.ts";
import { type OptionSources, resolveOptions, type ResolvedOptions } from "./options/resolve-options.ts";
import type { RouteValues } from "./options/resolve-route-options.ts";
import { buildRedactor } from "./build-redactor.ts";
import { type CerberusCalls, createCerberusCalls } from "./cerberus-calls.ts";
import { createAddressView } from "./record/address-view.ts";
import { createRecorder, type OwnedRecorder } from "./record/create-recorder.ts";
import type { Recorder } from "./record/recorder.ts";
import { createUserView } from "./record/view-user.ts";
import { compileSkipped } from "./gate/path-table.ts";
import { sayStart } from "./say-start.ts";
import { openSinks, type OpenSinks } from "./open-sinks.ts";
import type { Logger } from "./ship/logger.ts";
import { IDLE_STATS } from "./ship/idle-stats.ts";
import type { Sink, SinkStats } from "./ship/sink.ts";
import { VERSION } from "./version.ts";
import { watchProcess } from "./watch-process.ts";

/** What `gatewatch()` takes: settings of the configuration table, and what only code can set. */
export type GatewatchOptions = ConfigOptions & CodeOnlyOptions;

export interface GatewatchStats {
  hooks: HookStats;
  /** What the layers count, by the layer's name. */
  layers: Record<string, Readonly<Record<string, number>>>;
  /** By the sink's name. */
  sinks: Record<string, SinkStats>;
}

export interface GatewatchMetrics extends Instruments {
  /** What a reader with this `Accept` gets: OpenMetrics 1.0, or Prometheus's text format 0.0.4. */
  expose(accept?: string): { contentType: string; body: string };
}

/** One assembled Gatewatch; it may serve several apps of a process. */
export interface Gatewatch extends GateCore, FactTeller, EventDetection {
  readonly options: ResolvedOptions;
  readonly recorder: Recorder;
  /** Counters, histograms and gauges of the process, and all of them as text. */
  readonly metrics: GatewatchMetrics;
  /** Serves the metrics where the app wants them. @throws ConfigError when it would serve any stranger. */
  metricsHandler(options?: MetricsHandlerOptions): MetricsHandler;
  /** Takes answers out of the cache. */
  readonly cache: CachePurges;
  /** Tells a Cerberus backend of calls of models and tools; undefined while that stream is off. */
  readonly cerberus?: CerberusCalls | undefined;
  /** Counters and blocks of the rate-limit layer; undefined while that is off. */
  readonly limits?: RateLimits | undefined;
  /** Records an error outside of any handler (inside a request: with its context); returns its event's id. */
  captureError(error: unknown): string;
  /** Leaves a note for errors of the request that the running code belongs to. */
  addBreadcrumb(crumb: CustomBreadcrumb | string): void;
  /** Resolves true when everything recorded has left, false when `deadlineMs` has passed before. */
  flush(deadlineMs?: number): Promise<boolean>;
  /** Flushes, then stops delivering; apps go on being served. */
  close(deadlineMs?: number): Promise<void>;
  stats(): GatewatchStats;
}

/**
 * Options to layers, recorder and destinations, ready for any adapter.
 * @throws ConfigError for a mistake in `given`; mistakes in the environment are said once in the local log.
 */
export function createGatewatch(given: GatewatchOptions = {}, sources: OptionSources = {}): Gatewatch {
  const { file = {}, ...otherSources } = "file" in sources ? sources : { ...sources, file: loadConfigFile() };
  const codeOnly: CodeOnlyOptions = { ...(file as CodeOnlyOptions), ...given };
  const { logger, enrich, sinks: userSinks = [] } = codeOnly;
  checkCodeOnly({ logger, enrich, sinks: userSinks });
  const redis = parseRedis(codeOnly.redis);
  const config = dropCodeOnly(given);
  const options = resolveOptions(config, { ...otherSources, file: dropCodeOnly(file) });
  const warnings = [...options.warnings];
  const redactor = buildRedactor(options.redact, config.redact, warnings);
  const hostName = options.hostName ?? hostname();
  const viewLocally = createAddressView(options.secret ?? undefined);
  const log = new LocalLog({
    writer: openLineWriter({
      format: options.accessLog.format,
      pretty: options.accessLog.pretty,
      logger,
      hostName,
      service: options.service,
      timeZone: options.timeZone,
    }),
    redactor,
    clock: SYSTEM_CLOCK,
    debug: options.debug,
    capture: options.capture,
    showAddress: (address) => viewLocally(options.accessLog.clientAddress, address),
    detail: createRequestDetail(options, redactor),
    fatalTypes: new Set(options.errorBoundary.errorTypesToTrack),
  });
  const metrics = openMetrics(options, (notice) => log.writeNotice(notice));
  const notices = toLogger(log);
  const sinks = openSinks(options, userSinks, describeResource(options, hostName), notices);
  const recorder = createRecorder(
    {
      redactor,
      logger: notices,
      addressSecret: options.secret ?? "",
      localAddress: options.accessLog.clientAddress,
      keepUserEmail: options.capture.userEmail,
      captureBody: options.capture.body,
      maxBodyBytes: options.capture.maxBodyBytes,
      requestSampleRate: options.record.sampleRate,
      sourceLines: options.capture.source,
      currentExchange,
      countDrop: sinks.countDrop,
      isAlwaysRecorded: sinks.isToldOf,
      ...(enrich === undefined ? {} : { enrich }),
    },
    sinks.bindings,
  );
  const purges = new StorePurges();
  const viewUser = createUserView({ keepEmail: options.capture.userEmail, secret: options.secret ?? undefined });
  const detection = openDetection(options, redactor, viewUser);
  const stream = sinks.cerberus && { take: sinks.cerberus.take, viewUser };
  const ports = {
    recorder,
    log,
    clock: SYSTEM_CLOCK,
    tell: sinks.tell,
    redis,
    purges,
    measures: metrics.serving,
    detection,
    stream,
  };
  const layers = listLayers(options, ports);
  const skips = compileSkipped(options.skip);
  const gate = new Gate({
    layers,
    buildRouteLayers: (route) => listRouteLayers(options, route as RouteValues, ports),
    trust: parseTrustList(options.trustProxy),
    notice: (notice) => log.writeNotice(notice),
    maxBodyBytes: options.capture.body ? options.capture.maxBodyBytes : 0,
    isSkipped: skips && ((path, method) => skips(method, path)),
  });
  const stopWatching = watchProcess(options, { recorder, log, spillSync: sinks.spillSync });
  sayStart(options, [...warnings, ...sinks.warnings], sinks.destinations, log);
  const limits = options.rateLimit.enabled ? layers.find((layer) => isRateLimitLayer(layer))?.limits : undefined;
  const stop = (): void => {
    stopWatching();
    metrics.close();
  };
  const core = assemble(options, gate, recorder, sinks, stop, limits);
  return {
    ...core,
    async close(deadlineMs = options.delivery.shutdownMs) {
      await Promise.all([core.close(deadlineMs), detection.close(deadlineMs)]);
    },
    stats() {
      const stats = core.stats();
      // Apps that only ask about events of their own have no such layer.
      const events = "anomaly" in stats.layers ? undefined : detection.stats();
      return events === undefined ? stats : { ...stats, layers: { ...stats.layers, anomaly: events } };
    },
    cache: purges,
    cerberus: stream && createCerberusCalls(stream.take),
    detect: detection.detect,
    detectRemotely: detection.detectRemotely,
    metrics: metrics.registry,
    metricsHandler(handlerOptions = {}) {
      const handler = createMetricsHandler(metrics.serving, handlerOptions);
      metrics.startRuntime();
      return handler;
    },
  };
}

function assemble(
  options: ResolvedOptions,
  gate: Gate,
  recorder: OwnedRecorder,
  sinks: OpenSinks,
  stopWatching: () => void,
  limits: RateLimits | undefined,
): Omit<Gatewatch, "cache" | "cerberus" | keyof EventDetection | "metrics" | "metricsHandler"> {
  const { timeoutMs, shutdownMs } = options.delivery;
  const hold = async (): Promise<void> => {
    await recorder.deliver(timeoutMs).catch(() => false);
  };
  const mayHold = options.mode === "await" && sinks.bindings.some(({ isAwaited = true }) => isAwaited);
  return {
    options,
    gate,
    recorder,
    limits,
    holdForDelivery: () => (mayHold ? hold() : undefined),
    ...createFactTeller((fact) => recorder.recordFact(fact, currentExchange())),
    captureError: (error) => recorder.recordError(error, "manual", currentExchange()),
    addBreadcrumb: (crumb) => recorder.addBreadcrumb(buildBreadcrumb(crumb), currentExchange()),
    flush: (deadlineMs = shutdownMs) => recorder.flush(deadlineMs),
    async close(deadlineMs = shutdownMs) {
      stopWatching();
      await recorder.close(deadlineMs);
      await gate.close();
    },
    stats: () => ({
      hooks: gate.stats(),
      layers: gate.layerStats(),
      sinks: Object.fromEntries(sinks.bindings.map(({ sink }) => [sink.name, readStats(sink)])),
    }),
  };
}

/** A sink of the user's that fails at counting must not take the others' numbers away. */
function readStats(sink: Sink): SinkStats {
  try {
    return sink.stats();
  } catch (error) {
    const lastError = error instanceof Error ? error.message : "stats() failed";
    return { ...IDLE_STATS, lastError };
  }
}

function toLogger(log: LocalLog): Logger {
  const write = (level: "info" | "warn" | "error") => (message: string) =>
    log.writeNotice({ level, code: "delivery", message });
  const debug = (message: string): void => log.writeDebug(message);
  return { info: write("info"), warn: write("warn"), error: write("error"), debug };
}

function describeResource(options: ConfigValues, hostName: string): Resource {
  const resource: Resource = {
    environment: options.environment,
    host: hostName,
    runtime: `node ${process.versions.node}`,
    pid: process.pid,
    sdk: { name: "gatewatch", version: VERSION },
  };
  if (options.service !== null) resource.service = options.service;
  if (options.release !== null) resource.release = options.release;
  return resource;
}
