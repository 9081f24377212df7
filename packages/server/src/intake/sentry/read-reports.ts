import { createHash } from "node:crypto";
import type { CustomEvent, Resource } from "@gatewatch/protocol";
import { TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { CHECK_IN_EVENT, FEEDBACK_EVENT, SESSION_EVENT } from "../../model/client-events.ts";
import type { EnvelopeBatches } from "./envelope-batches.ts";
import { type Fields, fieldsOf, objectsOf, readLooseFacts, textOf } from "./loose-values.ts";
import { readSentryResource, type SentryContext } from "./read-error.ts";
import { settleSentryTime } from "./sentry-time.ts";

const WORD = /^[a-z_]{1,40}$/;
const MAX_COUNT = 1_000_000_000;
const MAX_AGGREGATES = 100;
const MAX_FEEDBACK = 4096;

/** A client's account of what it has not sent, by kind and reason; what it sampled away counts as traffic that was not recorded. */
export function addClientReport(payload: Fields, batches: EnvelopeBatches): void {
  for (const { reason, category, quantity } of objectsOf(payload["discarded_events"])) {
    if (typeof reason !== "string" || !WORD.test(reason) || typeof category !== "string" || !WORD.test(category))
      continue;
    if (!Number.isSafeInteger(quantity) || (quantity as number) <= 0) continue;
    const count = Math.min(quantity as number, MAX_COUNT);
    const isTraffic = reason === "sample_rate" && category === "transaction";
    batches.addDrops(isTraffic ? "sampled" : `${category}:${reason}`, count);
  }
}

/** One session of one person or process, or its newest state. */
export function addSession(payload: Fields, batches: EnvelopeBatches, context: SentryContext): void {
  const sid = textOf(payload["sid"], 64);
  if (sid === undefined) return batches.leaveOut(1);
  addCustom(
    SESSION_EVENT,
    payload["timestamp"] ?? payload["started"],
    batches,
    context,
    sessionResource(payload, context),
    [
      ["visit", hashOf(sid)],
      ["user", hashOf(textOf(payload["did"], 256))],
      ["init", payload["init"] === true],
      ["status", textOf(payload["status"], 32) ?? "ok"],
      ["errors", countOf(payload["errors"])],
      ["durationS", countOf(payload["duration"])],
      ["startedAt", settleSentryTime(payload["started"], context.receivedAt, context.drift)],
    ],
  );
}

/** Sessions that a server has counted itself. */
export function addSessionCounts(payload: Fields, batches: EnvelopeBatches, context: SentryContext): void {
  const resource = sessionResource(payload, context);
  for (const item of objectsOf(payload["aggregates"]).slice(0, MAX_AGGREGATES)) {
    addCustom(SESSION_EVENT, item["started"], batches, context, resource, [
      ["exited", countOf(item["exited"])],
      ["errored", countOf(item["errored"])],
      ["crashed", countOf(item["crashed"])],
      ["abnormal", countOf(item["abnormal"])],
    ]);
  }
}

/** A run of a scheduled job: its begin, its end, or both. */
export function addCheckIn(payload: Fields, batches: EnvelopeBatches, context: SentryContext): void {
  const slug = textOf(payload["monitor_slug"], 128);
  const status = payload["status"];
  if (slug === undefined || (status !== "in_progress" && status !== "ok" && status !== "error"))
    return batches.leaveOut(1);
  const config = fieldsOf(payload["monitor_config"]);
  const schedule = fieldsOf(config["schedule"]);
  addCustom(CHECK_IN_EVENT, undefined, batches, context, readSentryResource(payload, context.cleaner), [
    ["monitor", slug],
    ["status", status],
    ["checkIn", textOf(payload["check_in_id"], 64)],
    ["durationS", countOf(payload["duration"])],
    ["environment", textOf(payload["environment"], TRUNCATED_LENGTHS.resource)],
    ["scheduleKind", textOf(schedule["type"], 16)],
    ["schedule", textOf(schedule["value"], 128)],
    ["unit", textOf(schedule["unit"], 16)],
    ["timezone", textOf(config["timezone"], 64)],
    ["marginMin", countOf(config["checkin_margin"])],
    ["maxRuntimeMin", countOf(config["max_runtime"])],
    ["failureThreshold", countOf(config["failure_issue_threshold"])],
    ["recoveryThreshold", countOf(config["recovery_threshold"])],
  ]);
}

/** What a person wrote, in either of its shapes. */
export function addFeedback(payload: Fields, batches: EnvelopeBatches, context: SentryContext): void {
  const inner = fieldsOf(fieldsOf(payload["contexts"])["feedback"]);
  const message = textOf(inner["message"] ?? payload["comments"], MAX_FEEDBACK);
  if (message === undefined) return batches.leaveOut(1);
  addCustom(FEEDBACK_EVENT, payload["timestamp"], batches, context, readSentryResource(payload, context.cleaner), [
    ["message", message],
    ["name", textOf(inner["name"] ?? payload["name"], 256)],
    ["email", textOf(inner["contact_email"] ?? payload["email"], 256)],
    ["url", textOf(inner["url"], TRUNCATED_LENGTHS.url)],
    [
      "errorId",
      textOf(inner["associated_event_id"] ?? payload["event_id"], 64)
        ?.replaceAll("-", "")
        .toLowerCase(),
    ],
  ]);
}

function addCustom(
  name: string,
  timestamp: unknown,
  batches: EnvelopeBatches,
  context: SentryContext,
  resource: Resource,
  facts: [string, unknown][],
): void {
  const time = settleSentryTime(timestamp, context.receivedAt, context.drift);
  const event: CustomEvent = { type: "custom", time, name };
  const attributes = readLooseFacts(facts, context.facts);
  if (attributes !== undefined) event.attributes = attributes;
  batches.addEvent(event, resource);
}

function sessionResource(payload: Fields, { cleaner }: SentryContext): Resource {
  const { release, environment } = fieldsOf(payload["attrs"]);
  return readSentryResource({ release, environment }, cleaner);
}

function countOf(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value <= MAX_COUNT ? value : undefined;
}

/** Ids of sessions and people are only ever compared. */
function hashOf(value: string | undefined): string | undefined {
  return value === undefined ? undefined : createHash("sha256").update(value).digest("hex").slice(0, 32);
}
