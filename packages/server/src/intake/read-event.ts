import {
  WIRE_LIMITS,
  type CustomEvent,
  type GatewatchEvent,
  type LogEvent,
  type MetricEvent,
} from "@gatewatch/protocol";
import { redactEvent } from "@gatewatch/protocol/redact/redact-event";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import { IDENTITY_LENGTHS, TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { OWN_EVENT_PREFIX } from "../model/client-events.ts";
import { EventProblem } from "./event-problem.ts";
import { explainTime, settleTime } from "./event-time.ts";
import { FieldSource } from "./field-source.ts";
import { LOG_LEVELS, readBase } from "./read-base.ts";
import { readErrorEvent } from "./read-error-event.ts";
import type { FactsReader } from "./read-facts.ts";

type Fields = Record<string, unknown>;

/** A checked and redacted event with its JSON text. */
export interface ReadEvent {
  event: GatewatchEvent;
  text: string;
}

/** Reads any event but a request, which goes into columns. */
export function readEvent(
  fields: Fields,
  facts: FactsReader,
  redactor: Redactor,
  receivedAt: number,
): ReadEvent | EventProblem {
  const time = settleTime(fields["time"], receivedAt);
  if (Number.isNaN(time)) return explainTime(fields["time"]);
  const read = readByType(fields, time, facts);
  if (read instanceof EventProblem) return read;
  return sealEvent(read, redactor);
}

/** Redacts an event and writes it as JSON, if it is not too large, and does not pass for one of the server's own. */
export function sealEvent(read: GatewatchEvent, redactor: Redactor): ReadEvent | EventProblem {
  const event = redactEvent(read, redactor);
  if (event.type === "custom" && event.name.startsWith(OWN_EVENT_PREFIX))
    return new EventProblem(
      "invalid_event",
      `name begins with ${OWN_EVENT_PREFIX}, by which the server's own events go`,
    );
  const text = JSON.stringify(event);
  const limit = event.type === "error" ? WIRE_LIMITS.maxErrorBytes : WIRE_LIMITS.maxEventBytes;
  if (text.length * 3 > limit && Buffer.byteLength(text) > limit)
    return new EventProblem(
      "event_too_large",
      `the event is ${Buffer.byteLength(text)} bytes as JSON; expected at most ${limit}`,
    );
  return { event, text };
}

function readByType(fields: Fields, time: number, facts: FactsReader): GatewatchEvent | EventProblem {
  switch (fields["type"]) {
    case "error":
      return readErrorEvent(fields, time, facts);
    case "log":
      return readLog(fields, time, facts);
    case "metric":
      return readMetric(fields, time, facts);
    case "custom":
      return readCustom(fields, time, facts);
    default:
      return new EventProblem("unknown_type", "type is unknown; expected request, error, log, metric or custom");
  }
}

function readLog(fields: Fields, time: number, facts: FactsReader): LogEvent | EventProblem {
  const source = new FieldSource();
  const event: LogEvent = {
    type: "log",
    ...readBase(source, fields, time),
    level: source.oneOf(fields, "level", LOG_LEVELS),
    message: source.text(fields, "message", TRUNCATED_LENGTHS.message),
  };
  return withAttributes(source, event, fields, facts);
}

function readMetric(fields: Fields, time: number, facts: FactsReader): MetricEvent | EventProblem {
  const source = new FieldSource();
  const event: MetricEvent = {
    type: "metric",
    ...readBase(source, fields, time),
    name: source.identity(fields, "name", IDENTITY_LENGTHS.name, 1),
    kind: source.oneOf(fields, "kind", ["counter", "gauge", "histogram"] as const),
    value: source.number(fields, "value"),
  };
  const unit = source.optionalIdentity(fields, "unit", IDENTITY_LENGTHS.unit);
  if (unit !== undefined) event.unit = unit;
  return withAttributes(source, event, fields, facts);
}

function readCustom(fields: Fields, time: number, facts: FactsReader): CustomEvent | EventProblem {
  const source = new FieldSource();
  const event: CustomEvent = {
    type: "custom",
    ...readBase(source, fields, time),
    name: source.identity(fields, "name", IDENTITY_LENGTHS.name, 1),
  };
  return withAttributes(source, event, fields, facts);
}

function withAttributes<T extends LogEvent | MetricEvent | CustomEvent>(
  source: FieldSource,
  event: T,
  fields: Fields,
  facts: FactsReader,
): T | EventProblem {
  if (fields["attributes"] !== undefined) {
    const read = facts.readFacts(fields["attributes"], "attributes");
    if (read instanceof EventProblem) source.fail(read);
    else event.attributes = read;
  }
  return source.problem ?? event;
}
