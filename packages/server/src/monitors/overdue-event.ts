import { hash } from "node:crypto";
import type { CustomEvent, NativeBatch } from "@gatewatch/protocol";
import { formatUuid, makeUuidV7 } from "@gatewatch/protocol/uuid-v7";
import { composeBatchBody } from "../model/batch-body.ts";
import { OVERDUE_EVENT } from "../model/client-events.ts";
import type { MonitorRecord } from "../model/client-records.ts";
import type { JournalRecord } from "../model/journal.ts";

type Overdue = Pick<MonitorRecord, "slug" | "environment" | "state" | "lastCheckInAt"> & { dueAt: number };

/**
 * The batch that tells that a monitor's due time has passed. Its id is made of what it tells: whoever notices the same, again
 * or in another process, makes the same batch, and the digest takes the first.
 */
export function makeOverdueRecord(monitor: MonitorRecord & { dueAt: number }, at: number): JournalRecord {
  const { projectId, slug, environment, state, lastCheckInAt, dueAt } = monitor;
  const digits = hash("sha256", JSON.stringify([OVERDUE_EVENT, projectId, slug, environment, dueAt]), "buffer");
  const batchId = makeUuidV7(digits.subarray(0, 16), dueAt);
  const event: CustomEvent = {
    type: "custom",
    time: at,
    name: OVERDUE_EVENT,
    attributes: { monitor: slug, environment, state, lastCheckInAt, dueAt },
  };
  const batch: NativeBatch = { batch: formatUuid(batchId), sentAt: at, resource: { environment } };
  return { projectId, receivedAt: at, batchId, body: composeBatchBody(batch, [JSON.stringify(event)]) };
}

export function tryReadOverdue({ attributes = {} }: CustomEvent): Overdue | undefined {
  const { monitor: slug, environment, state, lastCheckInAt, dueAt } = attributes;
  if (typeof slug !== "string" || typeof environment !== "string" || typeof state !== "string") return undefined;
  if (typeof lastCheckInAt !== "number" || typeof dueAt !== "number") return undefined;
  return { slug, environment, state: state as MonitorRecord["state"], lastCheckInAt, dueAt };
}

/** False when something was heard meanwhile. */
export function isStillOverdue(monitor: MonitorRecord, { state, lastCheckInAt, dueAt }: Overdue): boolean {
  return monitor.dueAt === dueAt && monitor.lastCheckInAt === lastCheckInAt && monitor.state === state;
}
