import type { HealthAnswer } from "@gatewatch/protocol";

/** One metric with its samples. */
export interface MetricFamily {
  name: string;
  type: "counter" | "gauge" | "histogram";
  help: string;
  /** `suffix`: `_bucket`, `_sum` or `_count` of a histogram. */
  samples: { suffix?: string; labels?: Record<string, string>; value: number }[];
}

/** Text exposition format 0.0.4 of Prometheus. */
export function formatMetrics(families: readonly MetricFamily[]): string {
  const lines: string[] = [];
  for (const { name, type, help, samples } of families) {
    lines.push(`# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`, `# TYPE ${name} ${type}`);
    for (const { suffix = "", labels, value } of samples)
      lines.push(`${name}${suffix}${formatLabels(labels)} ${formatValue(value)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** The health of the server as metrics. */
export function toMetrics(health: HealthAnswer, liveClients: number): MetricFamily[] {
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  const counter = (name: string, help: string, value: number): MetricFamily => ({
    name,
    type: "counter",
    help,
    samples: [{ value }],
  });
  const gauge = (name: string, help: string, value: number | null): MetricFamily[] =>
    value === null ? [] : [{ name, type: "gauge", help, samples: [{ value }] }];
  return [
    {
      name: "gatewatch_build_info",
      type: "gauge",
      help: "Version and store of this server; always 1.",
      samples: [{ labels: { version: health.version, store: health.store }, value: 1 }],
    },
    ...gauge("gatewatch_uptime_seconds", "Seconds since the start.", health.uptimeMs / 1000),
    counter("gatewatch_intake_accepted_events_total", "Events accepted.", health.intake.acceptedEvents),
    counter("gatewatch_intake_rejected_events_total", "Events refused as invalid.", health.intake.rejectedEvents),
    counter("gatewatch_intake_batches_total", "Batches taken.", health.intake.batches),
    counter("gatewatch_intake_duplicates_total", "Batches that had been stored before.", health.intake.duplicates),
    counter("gatewatch_journal_appended_bytes_total", "Bytes written to the journal.", health.journal.appendedBytes),
    ...gauge("gatewatch_journal_lag_bytes", "Bytes of the journal not digested yet.", health.journal.lagBytes),
    ...gauge("gatewatch_journal_lag_seconds", "Age of the oldest undigested event.", health.journal.lagMs / 1000),
    counter("gatewatch_digest_events_total", "Events digested.", health.digest.events),
    counter(
      "gatewatch_digest_failures_total",
      "Units of digest that failed and were tried again.",
      health.digest.failures,
    ),
    counter("gatewatch_digest_poisoned_total", "Records put aside as not digestible.", health.digest.poisoned),
    ...gauge("gatewatch_digest_halted", "1 while the digest stands still.", health.digest.halted === null ? 0 : 1),
    ...gauge("gatewatch_digest_lag_seconds", "Receipt to commit of the last unit.", health.digest.lagMs / 1000),
    {
      name: "gatewatch_dropped_events_total",
      type: "counter",
      help: "Events that did not go on, by side and reason.",
      samples: health.drops.map(({ where, reason, count }) => ({ labels: { where, reason }, value: count })),
    },
    ...watchMetrics(health.watch),
    ...gauge("gatewatch_data_bytes", "Size of the store and the journal.", health.disk.dataBytes),
    ...gauge("gatewatch_disk_free_bytes", "Free space where the data lies.", health.disk.freeBytes),
    ...gauge("gatewatch_alerts_waiting", "Deliveries that wait.", health.alerts.waiting),
    ...gauge("gatewatch_alerts_dead", "Deliveries that were given up.", health.alerts.dead),
    ...gauge("gatewatch_analyst_calls_today", "Calls to the model today (UTC).", health.analyst.callsToday),
    ...gauge("gatewatch_analyst_spent_today_usd", "Money for the model today (UTC).", health.analyst.spentTodayUsd),
    ...gauge("gatewatch_live_clients", "Screens that watch live.", liveClients),
    ...gauge("process_resident_memory_bytes", "Resident memory size in bytes.", memory.rss),
    ...gauge("nodejs_heap_size_used_bytes", "Used heap in bytes.", memory.heapUsed),
    counter(
      "process_cpu_seconds_total",
      "Total user and system CPU time spent in seconds.",
      (cpu.user + cpu.system) / 1e6,
    ),
  ];
}

function watchMetrics(watch: HealthAnswer["watch"]): MetricFamily[] {
  if (watch === undefined) return [];
  const family = (type: MetricFamily["type"], name: string, help: string, value: number): MetricFamily => ({
    name: `gatewatch_watch_${name}`,
    type,
    help,
    samples: [{ value }],
  });
  const { passedOver } = watch;
  return [
    ...(watch.watchedUntil === null
      ? []
      : [
          family(
            "gauge",
            "judged_until_seconds",
            "Moment up to which all traffic is judged.",
            watch.watchedUntil / 1000,
          ),
        ]),
    family("gauge", "series", "Series of traffic that are watched.", watch.series),
    family("gauge", "event_streams", "Event streams in memory.", watch.eventStreams),
    family("gauge", "detector_bytes", "Memory of the detectors.", watch.bytes),
    family("counter", "events_total", "Events judged.", watch.events),
    family("counter", "failures_total", "Turns of the watch that failed and were tried again.", watch.failures),
    {
      name: "gatewatch_watch_passed_over_total",
      type: "counter",
      help: "What was not judged or kept, by what it is.",
      samples: Object.entries(passedOver).map(([what, value]) => ({ labels: { what }, value })),
    },
  ];
}

function formatLabels(labels: Record<string, string> | undefined): string {
  if (!labels) return "";
  const pairs = Object.entries(labels).map(([name, value]) => {
    const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
    return `${name}="${escaped}"`;
  });
  return `{${pairs.join(",")}}`;
}

function formatValue(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}
