import { types } from "node:util";
import type { Json } from "@gatewatch/protocol";

export interface CopyLimits {
  /** @default 20 */
  maxDepth?: number;
  /** Fields and items in all. @default 2_000 */
  maxNodes?: number;
  /** @default 10_000 */
  maxStringLength?: number;
}

/**
 * Copies any value into plain JSON: cycles, getters that throw, BigInts, dates, buffers, maps and what is too deep or too much
 * become short texts. Never throws.
 */
export function copyJson(value: unknown, limits: CopyLimits = {}): Json {
  const { maxDepth = 20, maxNodes = 2_000, maxStringLength = 10_000 } = limits;
  const path = new Set<object>();
  let nodes = 0;

  function copy(item: unknown, depth: number): Json {
    nodes += 1;
    if (nodes > maxNodes) return "[too much]";
    switch (typeof item) {
      case "string":
        return item.length > maxStringLength ? `${item.slice(0, maxStringLength)}…` : item;
      case "number":
        return Number.isFinite(item) ? item : String(item);
      case "boolean":
        return item;
      case "bigint":
        return String(item);
      case "undefined":
        return null;
      case "function":
      case "symbol":
        return `[${typeof item}]`;
    }
    return item === null ? null : copyObject(item as object, depth);
  }

  function copyObject(item: object, depth: number): Json {
    if (path.has(item)) return "[circular]";
    if (depth >= maxDepth) return "[too deep]";
    path.add(item);
    try {
      return copyFields(item, depth);
    } catch {
      return "[unreadable]";
    } finally {
      path.delete(item);
    }
  }

  function copyFields(item: object, depth: number): Json {
    if (ArrayBuffer.isView(item)) return `[${item.byteLength} bytes]`;
    if (item instanceof Date) return Number.isNaN(item.getTime()) ? "Invalid Date" : item.toISOString();
    if (item instanceof ArrayBuffer || item instanceof SharedArrayBuffer) return `[${item.byteLength} bytes]`;
    // The keys of a boxed string are its characters.
    if (types.isStringObject(item)) return copy(String.prototype.valueOf.call(item), depth);
    if (item instanceof Error) return clip(`${clip(item.name)}: ${clip(item.message)}`);
    if (item instanceof Map) return copyMap(item, depth);
    // The engine's own iterators, whatever a subclass offers.
    if (item instanceof Set) return copyItems(Set.prototype.values.call(item), depth);
    if (Array.isArray(item)) return copyItems(walk(item), depth);
    const fields: Record<string, Json> = {};
    for (const key of Object.keys(item)) {
      if (nodes > maxNodes) break;
      addField(fields, key, tryGet(item, key), depth);
    }
    return fields;
  }

  function copyMap(map: Map<unknown, unknown>, depth: number): Json {
    const fields: Record<string, Json> = {};
    for (const [key, value] of Map.prototype.entries.call(map)) {
      if (nodes > maxNodes) break;
      addField(
        fields,
        typeof key === "object" || typeof key === "function" ? `[${typeof key}]` : String(key),
        value,
        depth,
      );
    }
    return fields;
  }

  function copyItems(list: Iterable<unknown>, depth: number): Json {
    const items: Json[] = [];
    for (const item of list) {
      if (nodes > maxNodes) break;
      items.push(copy(item, depth + 1));
    }
    return items;
  }

  function addField(fields: Record<string, Json>, key: string, field: unknown, depth: number): void {
    if (field === undefined) return;
    const value = copy(field, depth + 1);
    // A field named `__proto__` stays a field.
    Object.defineProperty(fields, key, { value, enumerable: true, writable: true, configurable: true });
  }

  function clip(text: unknown): string {
    const whole = typeof text === "string" ? text : "";
    return whole.length > maxStringLength ? whole.slice(0, maxStringLength) : whole;
  }

  return copy(value, 0);
}

function tryGet(target: object, key: string): unknown {
  try {
    return Reflect.get(target, key) as unknown;
  } catch {
    return "[unreadable]";
  }
}

function* walk(list: readonly unknown[]): Iterable<unknown> {
  for (let index = 0; index < list.length; index += 1) yield list[index];
}
