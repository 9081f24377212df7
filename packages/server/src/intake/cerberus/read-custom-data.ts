import type { Json, MetricEvent } from "@gatewatch/protocol";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import { IDENTITY_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { cutText, makeStorable } from "../clean-text.ts";
import { isFields } from "../field-source.ts";
import { cutDepth } from "./read-captured.ts";

/** Members of an app's own data that one event may bring. */
const MAX_MEMBERS = 100;
const MAX_METRICS = 32;
const MAX_CHARACTERS = 5_000;

export interface CustomData {
  /** Every member, numbers too, as facts of the request. */
  attributes: Record<string, Json>;
  /** Numbers once more, as measurements. */
  metrics: MetricEvent[];
}

/** What the app itself has said about a request. */
export function readCustomData(given: unknown, redactor: Redactor, time: number, route: string): CustomData {
  const members = isFields(given)
    ? Object.entries(given)
    : given === undefined || given === null
      ? []
      : [["custom_data", given] as const];
  const attributes: [string, Json][] = [];
  const metrics: MetricEvent[] = [];
  let characters = 0;
  for (const [rawName, value] of members.slice(0, MAX_MEMBERS)) {
    const given = { [makeStorable(cutText(rawName, IDENTITY_LENGTHS.name))]: cutDepth(value) };
    const [name, kept] = Object.entries(redactor.redactValue(given))[0] as [string, Json];
    characters += name.length + JSON.stringify(kept).length;
    if (characters > MAX_CHARACTERS) break;
    attributes.push([name, kept]);
    // What redaction has changed was no measurement but a secret.
    if (metrics.length < MAX_METRICS && typeof value === "number" && kept === value && name !== "")
      metrics.push({ type: "metric", time, name, kind: "gauge", value, attributes: { route } });
  }
  // fromEntries defines fields, so that a key like `__proto__` stays one.
  return { attributes: Object.fromEntries(attributes), metrics };
}
