import { type Attributes, type Json, WIRE_LIMITS } from "@gatewatch/protocol";
import { TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { cutText, makeStorable } from "../clean-text.ts";
import { EventProblem } from "../event-problem.ts";
import { isFields } from "../field-source.ts";
import type { FactsReader } from "../read-facts.ts";
import { cutWide } from "./cut-wide.ts";

export type Fields = Record<string, unknown>;

// Events come from many clients and ages: what is not as expected is left out, and the rest is kept.

/** A text that is not empty, or a number or truth value as text; cut at `length`. */
export function textOf(value: unknown, length: number): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? makeStorable(cutText(value, length)) : undefined;
}

/** A text that names something: a longer one is left out. */
export function nameOf(value: unknown, length: number): string | undefined {
  const text = textOf(value, length + 1);
  return text === undefined || text.length > length ? undefined : text;
}

/** Objects of a list, of `{ values: [...] }`, or the one object that stands for a list of one. */
export function objectsOf(value: unknown): Fields[] {
  if (Array.isArray(value)) return value.filter(isFields);
  if (!isFields(value)) return [];
  const { values } = value;
  if (values === undefined || values === null) return Object.keys(value).length === 0 ? [] : [value];
  return Array.isArray(values) ? values.filter(isFields) : [];
}

/** Names and values of an object or of a list of pairs. */
export function pairsOf(value: unknown): [string, unknown][] {
  if (isFields(value)) return Object.entries(value);
  if (!Array.isArray(value)) return [];
  return value.flatMap((pair): [string, unknown][] => {
    if (Array.isArray(pair) && typeof pair[0] === "string") return [[pair[0], pair[1]]];
    return isFields(pair) && typeof pair["key"] === "string" ? [[pair["key"], pair["value"]]] : [];
  });
}

export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** Any JSON, bounded and redacted; what is nested too deep is left out. */
export function readLoose(value: unknown, facts: FactsReader): Json {
  const read = facts.readJson(cutWide(value), "data");
  return read instanceof EventProblem ? "[nested too deep]" : read;
}

/** Free facts, at most 128; undefined when there are none. */
export function readLooseFacts(pairs: readonly [string, unknown][], facts: FactsReader): Attributes | undefined {
  const kept = pairs.filter(([name, value]) => name !== "" && value !== undefined && value !== null);
  if (kept.length === 0) return undefined;
  // fromEntries defines fields, so that a name like `__proto__` stays one.
  const object = cutWide(
    Object.fromEntries(
      kept
        .slice(0, WIRE_LIMITS.maxAttributes)
        .map(([name, value]) => [makeStorable(cutText(name, TRUNCATED_LENGTHS.type)), value]),
    ),
  ) as Fields;
  const read = facts.readFacts(object, "data");
  if (!(read instanceof EventProblem)) return read;
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, readLoose(value, facts)]));
}
