import type { Attributes, CustomEvent, LogEvent, MetricEvent } from "@gatewatch/protocol";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import type { Exchange } from "../gate/exchange.ts";
import type { Fact } from "../gate/fact.ts";
import { redactAttributes } from "./build-error-event.ts";

const MAX_NAME = 256;
const MAX_MESSAGE = 8_192;

/**
 * The redacted event of a fact, with the ids of the request that it belongs to.
 * @throws TypeError for a metric whose value is no finite number.
 */
export function buildFactEvent(
  fact: Fact,
  time: number,
  x: Exchange | undefined,
  redactor: Redactor,
): LogEvent | MetricEvent | CustomEvent {
  const base: { time: number; requestId?: string; traceId?: string; spanId?: string; attributes?: Attributes } = {
    time,
  };
  if (x !== undefined) {
    base.requestId = x.requestId;
    base.traceId = x.trace.traceId;
    base.spanId = x.trace.spanId;
  }
  const attributes = redactAttributes(fact.attributes, redactor);
  if (attributes !== undefined) base.attributes = attributes;
  const clean = (text: string, maxLength: number): string => redactor.redactText(String(text).slice(0, maxLength));
  switch (fact.type) {
    case "log":
      return { type: "log", ...base, level: fact.level, message: clean(fact.message, MAX_MESSAGE) };
    case "custom":
      return { type: "custom", ...base, name: clean(fact.name, MAX_NAME) };
    case "metric": {
      if (!Number.isFinite(fact.value)) throw new TypeError(`the metric ${clean(fact.name, MAX_NAME)} is no number`);
      const { kind, value, unit } = fact;
      const event: MetricEvent = { type: "metric", ...base, name: clean(fact.name, MAX_NAME), kind, value };
      if (unit !== undefined) event.unit = clean(unit, MAX_NAME);
      return event;
    }
  }
}
