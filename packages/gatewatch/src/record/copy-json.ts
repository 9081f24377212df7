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
    if (item instanceof Error) return `${item.name}: ${item.message}`.slice(0, maxStringLength);
    if (item instanceof Map) return copyFields(Object.fromEntries(item), depth);
    if (item instanceof Set) return copyFields([...item], depth);
    if (Array.isArray(item)) {
      const items: Json[] = [];
      for (let index = 0; index < item.length && nodes <= maxNodes; index += 1)
        items.push(copy(item[index], depth + 1));
      return items;
    }
    const fields: Record<string, Json> = {};
    for (const key of Object.keys(item)) {
      if (nodes > maxNodes) break;
      const field = tryGet(item, key);
      if (field === undefined) continue;
      const value = copy(field, depth + 1);
      // A field named `__proto__` stays a field.
      Object.defineProperty(fields, key, { value, enumerable: true, writable: true, configurable: true });
    }
    return fields;
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
