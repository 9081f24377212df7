import type { Json } from "@gatewatch/protocol";

const MAX_FIELDS = 200;
const MAX_DEPTH = 8;

/** The fields of an event by their dotted path, in its own order; what is deeper or more is left out. */
export function flattenEvent(value: Json): Map<string, string> {
  const fields = new Map<string, string>();
  const walk = (path: string, at: Json, depth: number): void => {
    if (fields.size >= MAX_FIELDS) return;
    if (typeof at === "object" && at !== null && depth < MAX_DEPTH) {
      const entries = Object.entries(at);
      if (entries.length > 0) {
        for (const [key, inner] of entries) walk(path === "" ? key : `${path}.${key}`, inner as Json, depth + 1);
        return;
      }
    }
    fields.set(path === "" ? "value" : path, typeof at === "string" ? at : JSON.stringify(at));
  };
  walk("", value, 0);
  return fields;
}

export interface FieldPair {
  path: string;
  seen: string | null;
  normal: string | null;
}

/** Both events field by field: those of the event first, then what only the normal one has. */
export function pairFields(event: Json, normal: Json | null): FieldPair[] {
  const seen = flattenEvent(event);
  const usual = normal === null ? new Map<string, string>() : flattenEvent(normal);
  const paths = [...new Set([...seen.keys(), ...usual.keys()])];
  return paths.map((path) => ({ path, seen: seen.get(path) ?? null, normal: usual.get(path) ?? null }));
}
