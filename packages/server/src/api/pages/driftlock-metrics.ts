import type { HealthAnswer } from "@gatewatch/protocol";
import type { Store } from "../../model/store.ts";
import type { MetricFamily } from "./format-metrics.ts";
import type { HttpCounts } from "./http-counts.ts";

/** The names by which scrapers and screens made for Driftlock know the same numbers. */
export async function makeDriftlockMetrics(
  store: Pick<Store, "control" | "anomalies">,
  health: HealthAnswer,
  http: HttpCounts,
): Promise<MetricFamily[]> {
  const projects = await store.control.listProjects();
  const counts = await Promise.all(projects.map(({ id }) => store.anomalies.countBySubject(id)));
  const total = (name: string, help: string, value: number): MetricFamily => {
    return { name, type: "counter", help, samples: [{ value }] };
  };
  return [
    ...http.toFamilies("driftlock_"),
    http.detections("driftlock_detection_latency_seconds"),
    total(
      "driftlock_anomalies_total",
      "Anomalies that are kept.",
      counts.flat().reduce((sum, { count }) => sum + count, 0),
    ),
    total(
      "driftlock_events_dropped_total",
      "Events that did not go on.",
      health.drops.reduce((sum, { count }) => sum + count, 0),
    ),
  ];
}
