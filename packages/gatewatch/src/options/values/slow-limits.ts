import { checkPathPattern } from "../../gate/path-pattern.ts";
import { PathTable } from "../../gate/path-table.ts";

/** Milliseconds by path or route template; `POST /videos` holds for one method, 0 means never. */
export type SlowRoutes = Readonly<Record<string, number>>;

/** From which duration on a request is slow. */
export interface SlowLimits {
  /** Milliseconds; `Infinity` for those that never are. */
  find(method: string, route: string | null, path: string): number;
}

/** Templates of the framework's own, as they are written, before paths; those with a method before those without. */
export function createSlowLimits(slowMs: number, routes: SlowRoutes | null): SlowLimits {
  const usual = slowMs > 0 ? slowMs : Number.POSITIVE_INFINITY;
  if (routes === null || Object.keys(routes).length === 0) return { find: () => usual };
  const entries = Object.entries(routes).map(([key, ms]) => [key, ms > 0 ? ms : Number.POSITIVE_INFINITY] as const);
  const templates = new Map(entries);
  // Whatever the path may be read as: what is slow for one reading is slow.
  const paths = new PathTable(entries, (found) => Math.min(...found.map((ms) => ms ?? usual)));
  return {
    find(method, route, path) {
      const own = route === null ? undefined : (templates.get(`${method} ${route}`) ?? templates.get(route));
      return own ?? paths.find(method, path) ?? usual;
    },
  };
}

/** @throws TypeError naming the entry. */
export function parseSlowRoutes(value: unknown): SlowRoutes | null {
  if (value === null) return null;
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError("it is no object");
  const routes: Record<string, number> = {};
  for (const [key, ms] of Object.entries(value)) {
    const route = checkPathPattern(key);
    if (typeof ms !== "number" || !(ms >= 0 && ms <= 3_600_000)) {
      throw new TypeError(`${key}: ${JSON.stringify(ms)} is no number of milliseconds from 0 to 3600000`);
    }
    routes[route] = ms;
  }
  return Object.freeze(routes);
}
