import type { ErrorEvent } from "@gatewatch/protocol";
import type { MonitorRecord } from "../model/client-records.ts";
import { CHECK_IN_EVENT, OVERDUE_EVENT } from "../model/client-events.ts";
import type { DigestTx } from "../model/store.ts";
import { type Advanced, hearCheckIn, passDueTime } from "../monitors/advance-monitor.ts";
import { makeMonitorError } from "../monitors/monitor-error.ts";
import { isStillOverdue, tryReadOverdue } from "../monitors/overdue-event.ts";
import { tryReadCheckIn } from "../monitors/read-check-in.ts";
import type { DigestUnit, ProjectUnit } from "./digest-unit.ts";
import { findCustomEvents, type FoundEvent } from "./find-custom-events.ts";

/** Monitors of one project, each environment of a job counted; what is told of further ones is kept as an event alone. */
export const MAX_MONITORS = 500;

/** Advances the monitors that were heard of; a run that went wrong becomes an error of its batch, and is grouped as any other. */
export async function applyCheckIns(unit: DigestUnit, tx: DigestTx): Promise<void> {
  for (const project of unit.projects.values()) {
    const told = findCustomEvents(project, [CHECK_IN_EVENT, OVERDUE_EVENT]);
    if (told.length > 0) await applyToProject(project, told, tx);
  }
}

async function applyToProject(project: ProjectUnit, told: readonly FoundEvent[], tx: DigestTx): Promise<void> {
  const { projectId } = project;
  const slugs = new Set(told.flatMap(({ event }) => event.attributes?.["monitor"] ?? []));
  const known = await tx.getMonitors(
    projectId,
    [...slugs].filter((slug) => typeof slug === "string"),
  );
  const monitors = new Map(known.map((monitor) => [keyOf(monitor), monitor]));
  const changed = new Map<string, MonitorRecord>();
  const recovered = new Map<string, ErrorEvent>();
  let room: number | undefined;
  for (const found of told) {
    const { receivedAt: at } = found.parsed.entry;
    const advanced = advance(project, monitors, found);
    if (advanced === undefined) continue;
    const { monitor, failure } = advanced;
    const key = keyOf(monitor);
    const before = monitors.get(key);
    if (before === undefined) {
      room ??= MAX_MONITORS - (await tx.countMonitors(projectId));
      if (room <= 0) continue;
      room--;
    }
    monitors.set(key, monitor);
    changed.set(key, monitor);
    const about = { at, key: `${found.parsed.batch.batch} ${found.index}`, expectedAt: before?.expectedAt ?? null };
    if (failure !== null) {
      found.parsed.batch.events!.push(makeMonitorError(monitor, failure, about));
      recovered.delete(key);
    }
    if (advanced.recovered) recovered.set(key, makeMonitorError(monitor, "failed", about));
  }
  await tx.putMonitors([...changed.values()]);
  project.recovered = recovered;
}

function advance(
  { projectId }: ProjectUnit,
  monitors: ReadonlyMap<string, MonitorRecord>,
  { parsed, event }: FoundEvent,
): Advanced | undefined {
  const { receivedAt } = parsed.entry;
  if (event.name === OVERDUE_EVENT) {
    const overdue = tryReadOverdue(event);
    const monitor = overdue && monitors.get(keyOf(overdue));
    return monitor && isStillOverdue(monitor, overdue) ? passDueTime(monitor, receivedAt) : undefined;
  }
  const checkIn = tryReadCheckIn(event, parsed.batch.resource?.environment, receivedAt);
  return checkIn && hearCheckIn(projectId, monitors.get(keyOf(checkIn)) ?? null, checkIn);
}

function keyOf({ slug, environment }: { slug: string; environment: string }): string {
  return JSON.stringify([slug, environment]);
}
