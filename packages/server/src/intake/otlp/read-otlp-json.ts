import type { Attributes, Json } from "@gatewatch/protocol";
import { nestsTooDeep } from "../../model/check-nesting.ts";
import { isFields } from "../field-source.ts";
import { unreadableFrame } from "../intake-error.ts";
import {
  MAX_VALUE_DEPTH,
  PartBudget,
  setAttribute,
  TOO_DEEP,
  type Kind,
  type Message,
  type MessageTable,
} from "./message-table.ts";
import { tooManyParts } from "./read-wire.ts";

type ScalarKind = Exclude<Kind, MessageTable | readonly [Kind]>;
type Fields = Record<string, unknown>;

/** Words that proto3's JSON has for enums; OTLP asks for numbers, some clients send the words. */
const ENUM_WORDS: Readonly<Record<string, number>> = {
  SPAN_KIND_INTERNAL: 1,
  SPAN_KIND_SERVER: 2,
  SPAN_KIND_CLIENT: 3,
  SPAN_KIND_PRODUCER: 4,
  SPAN_KIND_CONSUMER: 5,
  STATUS_CODE_OK: 1,
  STATUS_CODE_ERROR: 2,
  AGGREGATION_TEMPORALITY_DELTA: 1,
  AGGREGATION_TEMPORALITY_CUMULATIVE: 2,
};
const SEVERITIES = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/**
 * Reads a request in OTLP's JSON (proto3 JSON with ids as hex digits), with the same result as `readWire`.
 * @throws IntakeError when the text is no such request.
 */
export function readOtlpJson<T extends MessageTable>(bytes: Uint8Array, table: T): Message<T> {
  const wanted = "expected an OTLP request as a JSON object";
  if (nestsTooDeep(bytes)) throw unreadableFrame(`The body is nested too deep; ${wanted}.`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch {
    throw unreadableFrame(`The body is not JSON; ${wanted}.`);
  }
  if (!isFields(value)) throw unreadableFrame(`The body is JSON, but not an object; ${wanted}.`);
  // Every field was read as its own table says.
  return readMessage(value, table, new PartBudget()) as Message<T>;
}

function readMessage(given: Fields, table: MessageTable, budget: PartBudget): Fields {
  if (!budget.take()) throw tooManyParts();
  const message: Fields = {};
  for (const { name, schemaName, kind, repeated } of table.list) {
    const value = given[name] ?? given[schemaName];
    if (value === undefined || value === null) continue;
    const read = (item: unknown): unknown =>
      typeof kind === "string" ? readScalar(item, kind, name, budget) : readMessage(asFields(item, name), kind, budget);
    message[name] = repeated ? asList(value, name).map(read) : read(value);
  }
  return message;
}

function readScalar(value: unknown, kind: ScalarKind, name: string, budget: PartBudget): unknown {
  switch (kind) {
    case "text":
      if (typeof value === "string") return value;
      throw wrongType(name, "a text");
    case "hex":
      if (typeof value === "string") return value.toLowerCase();
      throw wrongType(name, "hex digits as a text");
    case "flag":
      if (typeof value === "boolean") return value;
      throw wrongType(name, "true or false");
    case "count":
      return typeof value === "string" && /^[A-Z]/.test(value) ? readEnumWord(value) : readNumber(value, name);
    case "fixed64":
    case "sfixed64":
    case "double":
      return readNumber(value, name);
    case "value":
      return readValue(value, 0, budget);
    case "attributes":
      return readAttributes(value, name, 0, budget);
    default:
      return kind satisfies never;
  }
}

function readEnumWord(word: string): number {
  const severity = /^SEVERITY_NUMBER_([A-Z]+?)([2-4])?$/.exec(word);
  if (severity === null) return ENUM_WORDS[word] ?? 0;
  const level = SEVERITIES.indexOf(severity[1]!);
  return level === -1 ? 0 : level * 4 + Number(severity[2] ?? 1);
}

/** Numbers of 64 bits come as texts, and so do `NaN` and `Infinity`. */
function readNumber(value: unknown, name: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "string" && /^(?:-?\d{1,25}(?:\.\d{1,25})?(?:e[+-]?\d{1,4})?|NaN|-?Infinity)$/i.test(value))
    return Number(value);
  throw wrongType(name, "a number");
}

function readAttributes(given: unknown, name: string, depth: number, budget: PartBudget): Attributes {
  const attributes: Attributes = {};
  for (const item of asList(given, name)) {
    const fields = asFields(item, name);
    const key = fields["key"] ?? "";
    if (typeof key !== "string") throw wrongType(`${name}.key`, "a text");
    setAttribute(attributes, key, readValue(fields["value"] ?? {}, depth, budget));
  }
  return attributes;
}

/** One `AnyValue`: an object with one field that names the type. */
function readValue(given: unknown, depth: number, budget: PartBudget): Json {
  const fields = asFields(given, "value");
  const text = fields["stringValue"] ?? fields["string_value"] ?? fields["bytesValue"] ?? fields["bytes_value"];
  if (typeof text === "string") return text;
  const flag = fields["boolValue"] ?? fields["bool_value"];
  if (typeof flag === "boolean") return flag;
  const integer = fields["intValue"] ?? fields["int_value"];
  if (integer !== undefined && integer !== null) {
    const number = readNumber(integer, "intValue");
    return Number.isSafeInteger(number) || typeof integer !== "string" ? finite(number) : integer;
  }
  const double = fields["doubleValue"] ?? fields["double_value"];
  if (double !== undefined && double !== null) return finite(readNumber(double, "doubleValue"));
  const array = fields["arrayValue"] ?? fields["array_value"];
  const map = fields["kvlistValue"] ?? fields["kvlist_value"];
  if (!isFields(array) && !isFields(map)) {
    if (text !== undefined || flag !== undefined || array !== undefined || map !== undefined)
      throw wrongType("value", "what its name says");
    return null;
  }
  if (depth >= MAX_VALUE_DEPTH) return TOO_DEEP;
  if (!budget.take()) throw tooManyParts();
  if (isFields(array))
    return asList(array["values"] ?? [], "arrayValue.values").map((item) => readValue(item, depth + 1, budget));
  return readAttributes((map as Fields)["values"] ?? [], "kvlistValue.values", depth + 1, budget);
}

function finite(number: number): Json {
  return Number.isFinite(number) ? number : String(number);
}

function asFields(value: unknown, name: string): Fields {
  if (isFields(value)) return value;
  throw wrongType(name, "an object");
}

function asList(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw wrongType(name, "a list");
}

function wrongType(name: string, expected: string) {
  return unreadableFrame(`The body is no OTLP request: \`${name}\` must be ${expected}.`);
}
