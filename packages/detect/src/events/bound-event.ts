/** Members of an event in all, and elements of one list: detectors look at fewer. */
const MAX_MEMBERS = 1_000;
/** Detectors look no deeper. */
const MAX_DEPTH = 9;
const MAX_TEXT = 16_384;

/**
 * The event itself where it is small; otherwise a copy of its beginning, so that what is done with it beside the detector (redaction,
 * logs, showing it) costs bounded time too. @throws what a getter or a proxy throws
 */
export function boundEvent<T extends object>(event: T): T {
  return isSmall(event, { left: MAX_MEMBERS }, 0) ? event : (copy(event, { left: MAX_MEMBERS }, 0) as T);
}

interface Budget {
  left: number;
}

function isSmall(value: unknown, budget: Budget, depth: number): boolean {
  if (typeof value === "string") return value.length <= MAX_TEXT;
  if (typeof value !== "object" || value === null || isOpaque(value)) return true;
  if (depth >= MAX_DEPTH) return false;
  if (Array.isArray(value)) {
    if (value.length > budget.left) return false;
    budget.left -= value.length;
    return value.every((item) => isSmall(item, budget, depth + 1));
  }
  for (const name in value) {
    if (--budget.left < 0 || name.length > MAX_TEXT) return false;
    if (!isSmall((value as Record<string, unknown>)[name], budget, depth + 1)) return false;
  }
  return true;
}

function copy(value: unknown, budget: Budget, depth: number): unknown {
  if (typeof value === "string") return value.slice(0, MAX_TEXT);
  if (typeof value !== "object" || value === null || isOpaque(value)) return value;
  if (depth >= MAX_DEPTH) return {};
  if (Array.isArray(value)) {
    const length = Math.min(value.length, Math.max(0, budget.left));
    budget.left -= length;
    return Array.from({ length }, (_, at) => copy(value[at], budget, depth + 1));
  }
  const members: [string, unknown][] = [];
  for (const name in value) {
    if (budget.left-- <= 0) break;
    if (!Object.hasOwn(value, name)) continue;
    members.push([name.slice(0, MAX_TEXT), copy((value as Record<string, unknown>)[name], budget, depth + 1)]);
  }
  return Object.fromEntries(members);
}

/** Detectors do not look into these. */
function isOpaque(value: object): boolean {
  return value instanceof Date || ArrayBuffer.isView(value);
}
