import { formatWithOptions, types } from "node:util";

const MAX_ARGUMENTS = 10;
const MAX_TEXT = 2_000;
const MAX_KEYS = 5;
const MAX_KEY = 40;
/** Classes of an app are rarely deeper, and a chain may be without end. */
const MAX_PROTOTYPES = 8;

/**
 * The line that these arguments of `console.log` make, as a short text. The app has called `console.log` once and pays once: strings and
 * scalars are written out, objects are named by their type and first keys, and no code of theirs runs (getters, `toJSON`, `inspect`, proxies).
 */
export function formatConsole(given: readonly unknown[]): string {
  return formatWithOptions({ colors: false }, ...given.slice(0, MAX_ARGUMENTS).map(toScalar));
}

function toScalar(value: unknown): unknown {
  if (typeof value === "string") return clip(value, MAX_TEXT);
  if (typeof value === "function") return "[function]";
  if (typeof value !== "object" || value === null) return value;
  return clip(nameObject(value), MAX_TEXT);
}

function nameObject(value: object): string {
  if (types.isProxy(value)) return "[Proxy]";
  const type = typeOf(value);
  if (types.isNativeError(value)) return nameError(value, type);
  if (Array.isArray(value)) return `${type}(${value.length})`;
  if (types.isTypedArray(value)) return `${type}(${lengthOf(TYPED_ARRAY_LENGTH, value)})`;
  if (types.isMap(value)) return `${type}(${lengthOf(MAP_SIZE, value)})`;
  if (types.isSet(value)) return `${type}(${lengthOf(SET_SIZE, value)})`;
  if (types.isDate(value)) return nameDate(value);
  const keys = Object.keys(value);
  const named = keys.slice(0, MAX_KEYS).map((key) => clip(key, MAX_KEY));
  if (keys.length > MAX_KEYS) named.push(`${keys.length - MAX_KEYS} more`);
  return named.length === 0 ? `${type} {}` : `${type} { ${named.join(", ")} }`;
}

function nameError(error: object, type: string): string {
  const name = findText(error, "name") ?? type;
  const message = findText(error, "message") ?? "";
  return message === "" ? name : `${name}: ${message}`;
}

function nameDate(date: Date): string {
  const time = Date.prototype.getTime.call(date);
  return Number.isNaN(time) ? "Invalid Date" : new Date(time).toISOString();
}

function typeOf(value: object): string {
  const constructor = findValue(value, "constructor");
  const name = typeof constructor === "function" && !types.isProxy(constructor) ? ownValue(constructor, "name") : "";
  return typeof name === "string" && name !== "" ? clip(name, MAX_KEY) : "Object";
}

function findText(value: object, key: string): string | undefined {
  const found = findValue(value, key);
  return typeof found === "string" ? clip(found, MAX_TEXT) : undefined;
}

/** The field as a plain value of the object or of its prototypes. */
function findValue(value: object, key: string): unknown {
  let holder: object | null = value;
  for (let depth = 0; holder !== null && depth < MAX_PROTOTYPES; depth += 1) {
    if (types.isProxy(holder)) return undefined;
    if (Object.hasOwn(holder, key)) return ownValue(holder, key);
    holder = Object.getPrototypeOf(holder) as object | null;
  }
  return undefined;
}

function ownValue(holder: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(holder, key)?.value as unknown;
}

const TYPED_ARRAY_LENGTH = getterOf(Object.getPrototypeOf(Uint8Array.prototype) as object, "length");
const MAP_SIZE = getterOf(Map.prototype, "size");
const SET_SIZE = getterOf(Set.prototype, "size");

/** The engine's own getter: a subclass may have another. */
function getterOf(prototype: object, key: string): () => unknown {
  return Object.getOwnPropertyDescriptor(prototype, key)?.get ?? (() => 0);
}

function lengthOf(getter: () => unknown, value: object): string {
  return String(Reflect.apply(getter, value, []));
}

function clip(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}
