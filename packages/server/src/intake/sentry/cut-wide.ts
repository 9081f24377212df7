import { isFields } from "../field-source.ts";

/** Of one event: reading and redacting each costs some ten microseconds, whatever its length. */
const MAX_MEMBERS = 2_000;
const MAX_DEPTH = 32;

/** The value with no more than 2,000 members and items in all; what is left out is told where it was. What is within them is returned as it is. */
export function cutWide(value: unknown): unknown {
  const left = { members: MAX_MEMBERS };
  const cut = cutInto(value, left, 0);
  return left.members < 0 ? cut : value;
}

function cutInto(value: unknown, left: { members: number }, depth: number): unknown {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) {
    const kept: unknown[] = [];
    for (const item of value) {
      if (--left.members < 0) return [...kept, `[${value.length - kept.length} more left out]`];
      kept.push(cutInto(item, left, depth + 1));
    }
    return kept;
  }
  if (!isFields(value)) return value;
  const names = Object.keys(value);
  const kept: [string, unknown][] = [];
  for (const name of names) {
    if (--left.members < 0) {
      kept.push(["…", `[${names.length - kept.length} more left out]`]);
      break;
    }
    kept.push([name, cutInto(value[name], left, depth + 1)]);
  }
  // fromEntries defines fields, so that a name like `__proto__` stays one.
  return Object.fromEntries(kept);
}
