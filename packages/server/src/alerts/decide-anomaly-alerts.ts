import type { AlertRuleRow } from "@gatewatch/protocol";
import type { OutboxRow } from "../model/alert.ts";
import type { AnomalyRecord } from "../model/anomaly.ts";
import type { Store } from "../model/store.ts";
import { buildAnomalyAlert, toOutboxRow } from "./build-alert.ts";

/**
 * Whom to tell of the anomalies of one turn: one alert a project and rule, about the rarest of them, with the number of the others.
 * A subject that people were told of within the rule's cooldown is quiet.
 */
export async function decideAnomalyAlerts(
  store: Pick<Store, "control" | "anomalies">,
  told: readonly AnomalyRecord[],
  { now, publicUrl }: { now: number; publicUrl: string | null },
): Promise<OutboxRow[]> {
  const rows: OutboxRow[] = [];
  for (const [projectId, anomalies] of Map.groupBy(told, (record) => record.projectId)) {
    const rules = (await store.control.listAlertRules(projectId)).filter(
      (rule) => rule.enabled && rule.when.kind === "anomaly",
    );
    if (rules.length === 0) continue;
    const enabled = (await store.control.listChannels()).filter((row) => row.enabled).map(({ id }) => id);
    const project = await store.control.getProject(projectId);
    for (const rule of rules) {
      const channels = rule.channels.length === 0 ? enabled : rule.channels.filter((id) => enabled.includes(id));
      if (channels.length === 0) continue;
      const loud = await dropCooling(store, rule, anomalies, now);
      const [rarest] = loud.toSorted((a, b) => a.pValue - b.pValue || b.score - a.score);
      if (rarest === undefined) continue;
      const projectName = project?.name ?? `project ${projectId}`;
      const alert = buildAnomalyAlert({ projectId, projectName, rule, at: now, publicUrl }, rarest, loud.length - 1);
      rows.push(...channels.map((id) => toOutboxRow(alert, id)));
    }
  }
  return rows;
}

async function dropCooling(
  store: Pick<Store, "anomalies">,
  { cooldownMs }: AlertRuleRow,
  anomalies: readonly AnomalyRecord[],
  now: number,
): Promise<AnomalyRecord[]> {
  const loud: AnomalyRecord[] = [];
  for (const anomaly of anomalies) {
    const { projectId, kind, stream, measure, startedAt } = anomaly;
    const earlier = await store.anomalies.query({
      projectId,
      kind,
      stream,
      ...(measure === null ? {} : { measure }),
      told: true,
      from: now - cooldownMs,
      to: startedAt,
      limit: 1,
    });
    if (earlier.total === 0) loud.push(anomaly);
  }
  return loud;
}
