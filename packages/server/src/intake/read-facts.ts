import { WIRE_LIMITS, type Attributes, type Json } from "@gatewatch/protocol";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import { cutText, makeStorable } from "./clean-text.ts";
import { EventProblem, wrongField } from "./event-problem.ts";
import { nestsDeeper } from "./nests-deeper.ts";

/** Reads the free JSON of an event: bounded, storable, redacted. */
export interface FactsReader {
  /** Any JSON value. */
  readJson(value: unknown, name: string): Json | EventProblem;
  /** An object of at most 128 keys. */
  readFacts(value: unknown, name: string): Attributes | EventProblem;
  /** The same as JSON text. */
  readText(value: unknown, name: string): string | EventProblem;
}

const MAX_TEXT = WIRE_LIMITS.maxEventBytes / 2;

export function createFactsReader(redactor: Redactor): FactsReader {
  function readJson(value: unknown, name: string): Json | EventProblem {
    if (nestsDeeper(value, WIRE_LIMITS.maxDepth))
      return new EventProblem("too_deep", `${name} is nested deeper than ${WIRE_LIMITS.maxDepth} levels`);
    return redactor.redactValue(copyStorable(value as Json));
  }

  function readFacts(value: unknown, name: string): Attributes | EventProblem {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return wrongField(name, value, "an object");
    if (Object.keys(value).length > WIRE_LIMITS.maxAttributes)
      return wrongField(name, value, `an object of at most ${WIRE_LIMITS.maxAttributes} keys`);
    return readJson(value, name) as Attributes | EventProblem;
  }

  return {
    readJson,
    readFacts,
    readText(value, name) {
      const facts = readFacts(value, name);
      if (facts instanceof EventProblem) return facts;
      const text = JSON.stringify(facts);
      if (text.length <= MAX_TEXT) return text;
      return new EventProblem(
        "event_too_large",
        `${name} is ${text.length} characters as JSON; expected at most ${MAX_TEXT}`,
      );
    },
  };
}

/** The value with every string storable and bounded; the same object when nothing changed. Its depth was checked. */
function copyStorable(value: Json): Json {
  if (typeof value === "string") return cutText(makeStorable(value), WIRE_LIMITS.maxStringLength);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(copyStorable);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const fields = Object.entries(value);
  const copies = fields.map(([key, item]): [string, Json] => [makeStorable(key), copyStorable(item)]);
  const same = copies.every(([key, item], index) => key === fields[index]![0] && item === fields[index]![1]);
  // fromEntries defines fields, so that a key like `__proto__` stays one.
  return same ? value : Object.fromEntries(copies);
}
