import type { Attributes, Json, LogEvent, MetricEvent, Resource } from "@gatewatch/protocol";
import { IDENTITY_LENGTHS, TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import type { AttributeCleaner } from "../otlp/attribute-cleaner.ts";
import { textOf as attributeText } from "../otlp/attribute-values.ts";
import { traceIds } from "../otlp/trace-ids.ts";
import type { EnvelopeBatches } from "./envelope-batches.ts";
import { type Fields, nameOf, objectsOf, pairsOf, textOf } from "./loose-values.ts";
import { readLevel } from "./read-breadcrumbs.ts";
import type { SentryContext } from "./read-error.ts";
import { settleSentryTime } from "./sentry-time.ts";

/** What these items bring with them and what a place of its own is for. */
const RESOURCE_KEYS: ReadonlySet<string> = new Set([
  "sentry.environment",
  "sentry.release",
  "sentry.sdk.name",
  "sentry.sdk.version",
  "server.address",
]);
const KINDS: Readonly<Record<string, MetricEvent["kind"]>> = {
  counter: "counter",
  gauge: "gauge",
  distribution: "histogram",
  set: "gauge",
};

export interface ContainerContext extends SentryContext {
  clean: AttributeCleaner;
}

/** Adds the logs of one item. */
export function addLogs(payload: Fields, batches: EnvelopeBatches, context: ContainerContext): void {
  for (const item of objectsOf(payload["items"])) {
    const given = attributesOf(item);
    const event: LogEvent = {
      type: "log",
      ...baseOf(item, context),
      level: readLevel(item["level"]) ?? "info",
      message: textOf(item["body"], TRUNCATED_LENGTHS.message) ?? "",
    };
    const attributes = cleaned(given, context);
    if (attributes !== undefined) event.attributes = attributes;
    batches.addEvent(event, resourceOf(given, context));
  }
}

/** Adds the app's own measurements of one item. */
export function addMetrics(payload: Fields, batches: EnvelopeBatches, context: ContainerContext): void {
  for (const item of objectsOf(payload["items"])) {
    const name = nameOf(item["name"], IDENTITY_LENGTHS.name);
    const { value, type } = item;
    if (name === undefined || typeof value !== "number" || !Number.isFinite(value)) {
      batches.leaveOut(1);
      continue;
    }
    const given = attributesOf(item);
    const kind = typeof type === "string" && Object.hasOwn(KINDS, type) ? KINDS[type]! : "gauge";
    const event: MetricEvent = { type: "metric", ...baseOf(item, context), name, kind, value };
    const unit = nameOf(item["unit"], IDENTITY_LENGTHS.unit);
    if (unit !== undefined) event.unit = unit;
    const attributes = cleaned(given, context);
    if (attributes !== undefined) event.attributes = attributes;
    batches.addEvent(event, resourceOf(given, context));
  }
}

export function baseOf(
  item: Fields,
  { receivedAt, drift }: SentryContext,
): { time: number; traceId?: string; spanId?: string } {
  const ids = { traceId: textOf(item["trace_id"], 64)?.replaceAll("-", ""), spanId: textOf(item["span_id"], 64) };
  return { time: settleSentryTime(item["timestamp"], receivedAt, drift), ...traceIds(ids) };
}

/** Values without their types. */
export function attributesOf(item: Fields): Attributes {
  const entries = pairsOf(item["attributes"]).map(([name, value]): [string, Json] => {
    const isTyped = typeof value === "object" && value !== null && "value" in value;
    return [name, (isTyped ? value.value : value) as Json];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== null));
}

export function cleaned(attributes: Attributes, { clean, addressKey }: ContainerContext): Attributes | undefined {
  return clean.attributes(attributes, addressKey, (key) => RESOURCE_KEYS.has(key));
}

export function resourceOf(attributes: Attributes, { cleaner }: SentryContext): Resource {
  const resource: Resource = {};
  const label = (name: string) => {
    const text = attributeText(attributes, TRUNCATED_LENGTHS.resource, name);
    return text === undefined ? undefined : cleaner.text(text);
  };
  const environment = label("sentry.environment");
  if (environment !== undefined) resource.environment = environment;
  const release = label("sentry.release");
  if (release !== undefined) resource.release = release;
  const host = label("server.address");
  if (host !== undefined) resource.host = host;
  const [name, version] = [label("sentry.sdk.name"), label("sentry.sdk.version")];
  if (name !== undefined && version !== undefined) resource.sdk = { name, version };
  return resource;
}
