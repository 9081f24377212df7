import { copyJson } from "./copy-json.ts";

/** What an error says of itself, before any redaction. */
export interface DescribedError {
  type: string;
  message: string;
  code?: string;
  /** Undefined for things that are not Errors. */
  stack?: string;
  parent?: number;
  relation?: "cause" | "member";
}

const MAX_ERRORS = 20;
const MAX_MEMBERS = 10;
const MAX_MESSAGE = 8_192;
const MAX_NAME = 256;

/** The error, its causes and its members, breadth first, each once. Whatever was thrown, it never throws. */
export function describeErrors(error: unknown): DescribedError[] {
  const described: DescribedError[] = [];
  const seen = new Set<unknown>();
  const waiting: { error: unknown; parent?: number; relation?: "cause" | "member" }[] = [{ error }];
  for (let next = waiting.shift(); next !== undefined && described.length < MAX_ERRORS; next = waiting.shift()) {
    if (isObject(next.error)) {
      if (seen.has(next.error)) continue;
      seen.add(next.error);
    }
    const index = described.length;
    const one = describeError(next.error);
    if (next.parent !== undefined) one.parent = next.parent;
    if (next.relation !== undefined) one.relation = next.relation;
    described.push(one);
    if (!isObject(next.error)) continue;
    const cause = tryGet(next.error, "cause");
    if (cause !== undefined && cause !== null) waiting.push({ error: cause, parent: index, relation: "cause" });
    for (const member of tryList(tryGet(next.error, "errors"))) {
      if (isObject(member)) waiting.push({ error: member, parent: index, relation: "member" });
    }
  }
  return described;
}

/** The error alone, without causes. */
export function describeError(error: unknown): DescribedError {
  if (!isObject(error))
    return { type: error === null ? "null" : typeof error, message: clip(tryText(error), MAX_MESSAGE) };
  const stack = tryGet(error, "stack");
  const message = tryGet(error, "message");
  const described: DescribedError = {
    type: clip(nameOf(error), MAX_NAME),
    message: clip(
      typeof message === "string" ? message : message === undefined ? describeObject(error) : textOf(message),
      MAX_MESSAGE,
    ),
  };
  const code = tryGet(error, "code");
  if (typeof code === "string" || typeof code === "number") described.code = clip(String(code), MAX_NAME);
  if (typeof stack === "string") described.stack = stack;
  return described;
}

/** A class that extends Error without setting `name` is still known by its own name. */
function nameOf(error: object): string {
  const name = tryGet(error, "name");
  const constructor = tryGet(error, "constructor");
  const className = isObject(constructor) ? tryGet(constructor, "name") : undefined;
  if (typeof name === "string" && name !== "" && (name !== "Error" || typeof className !== "string")) return name;
  return typeof className === "string" && className !== "" ? className : "Object";
}

/** Thrown objects may be whole requests: only their first fields name the failure, and nothing in them is asked to describe itself. */
function describeObject(error: object): string {
  return typeof tryGet(error, "stack") === "string" ? "" : textOf(error);
}

/** One thing is described several times on its way, and to list a million keys takes its time. */
const texts = new WeakMap<object, string>();

function textOf(value: unknown): string {
  if (!isObject(value)) return tryText(value);
  const known = texts.get(value);
  if (known !== undefined) return known;
  const copy = copyJson(value, { maxDepth: 4, maxNodes: 64, maxStringLength: 256 });
  const text = typeof copy === "string" ? copy : JSON.stringify(copy);
  texts.set(value, text);
  return text;
}

function tryText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "[unprintable]";
  }
}

function tryGet(target: object, key: string): unknown {
  try {
    return Reflect.get(target, key) as unknown;
  } catch {
    return undefined;
  }
}

function tryList(value: unknown): unknown[] {
  try {
    return Array.isArray(value) ? Array.prototype.slice.call(value, 0, MAX_MEMBERS) : [];
  } catch {
    return [];
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function clip(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}
