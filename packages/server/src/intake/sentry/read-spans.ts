import type { Attributes } from "@gatewatch/protocol";
import type { EnvelopeBatches } from "./envelope-batches.ts";
import { type Fields, objectsOf, pairsOf } from "./loose-values.ts";
import { attributesOf, baseOf, cleaned, type ContainerContext, resourceOf } from "./read-containers.ts";
import { addTransaction, durationEvent, durationOf } from "./read-transaction.ts";

const HEADER = "http.request.header.";

/**
 * Adds spans that travel without a transaction, one of the older kind or a list of the newer. The root of a segment is read as the
 * transaction that it stands for, with the spans below it that came along; any other span becomes a duration.
 */
export function addSpans(payload: Fields, batches: EnvelopeBatches, context: ContainerContext): void {
  const items = Array.isArray(payload["items"]) ? objectsOf(payload["items"]) : [payload];
  const spans = items.map((item) => ({
    item,
    attributes: { ...attributesOf({ attributes: item["data"] }), ...attributesOf(item) },
  }));
  const below = new Map<unknown, Fields[]>();
  for (const { item } of spans) if (item["is_segment"] === true) below.set(item["span_id"], []);
  const roots: typeof spans = [];
  for (const span of spans) {
    const { item, attributes } = span;
    const segment = below.get(attributes["sentry.segment.id"] ?? item["segment_id"]);
    if (item["is_segment"] === true) roots.push(span);
    else if (segment === undefined) addLooseSpan(item, attributes, batches, context);
    else segment.push({ ...item, op: opOf(item, attributes), timestamp: item["end_timestamp"] ?? item["timestamp"] });
  }
  for (const { item, attributes } of roots)
    addTransaction(toTransaction(item, attributes, below.get(item["span_id"]) ?? []), undefined, batches, context);
}

function addLooseSpan(item: Fields, attributes: Attributes, batches: EnvelopeBatches, context: ContainerContext): void {
  const { time, ...ids } = baseOf({ ...item, timestamp: item["start_timestamp"] }, context);
  const facts: [string, unknown][] = [
    ["op", opOf(item, attributes)],
    ["name", item["name"] ?? item["description"]],
    ["status", item["status"]],
    ...Object.entries(cleaned(attributes, context) ?? {}),
  ];
  const event = durationEvent("span.duration", time, durationOf(item), ids, facts, context);
  batches.addEvent(event, resourceOf(attributes, context));
}

function toTransaction(item: Fields, attributes: Attributes, spans: Fields[]): Fields {
  const route = attributes["http.route"];
  const headers = pairsOf(attributes)
    .filter(([name]) => name.startsWith(HEADER))
    .map(([name, value]) => [name.slice(HEADER.length).replaceAll("_", "-"), Array.isArray(value) ? value[0] : value]);
  return {
    transaction: typeof route === "string" ? route : (attributes["sentry.segment.name"] ?? item["name"]),
    transaction_info: {
      source:
        typeof route === "string" ? "route" : (attributes["sentry.segment.name.source"] ?? attributes["sentry.source"]),
    },
    start_timestamp: item["start_timestamp"],
    timestamp: item["end_timestamp"] ?? item["timestamp"],
    contexts: {
      trace: {
        trace_id: item["trace_id"],
        span_id: item["span_id"],
        op: opOf(item, attributes),
        status: item["status"],
        data: attributes,
      },
    },
    spans,
    release: attributes["sentry.release"],
    environment: attributes["sentry.environment"],
    sdk: { name: attributes["sentry.sdk.name"], version: attributes["sentry.sdk.version"] },
    user: { id: attributes["user.id"], ip_address: attributes["client.address"] ?? attributes["user.ip_address"] },
    request: { headers },
  };
}

function opOf(item: Fields, attributes: Attributes): unknown {
  return attributes["sentry.op"] ?? item["op"];
}
