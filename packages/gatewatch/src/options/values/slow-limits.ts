import { checkPathPattern, PathTable } from "../../gate/path-table.ts";

/** Milliseconds by route or path; `POST /videos` holds for one method, a `*` at the end stands for any rest, 0 means never. */
export type SlowRoutes = Readonly<Record<string, number>>;

/** From which duration on a request is slow. */
export interface SlowLimits {
  /** Milliseconds; `Infinity` for those that never are. */
  find(method: string, route: string | null, path: string): number;
}

const ROUTE = /^(?:([A-Z]+) )?(\/\S*)$/;

/** Routes before paths, those with a method before those without, exact ones before prefixes. */
export function createSlowLimits(slowMs: number, routes: SlowRoutes | null): SlowLimits {
  const usual = slowMs > 0 ? slowMs : Number.POSITIVE_INFINITY;
  if (routes === null || Object.keys(routes).length === 0) return { find: () => usual };
  const ofAll: [string, number][] = [];
  const byMethod = new Map<string, [string, number][]>();
  for (const [key, ms] of Object.entries(routes)) {
    const [, method, path = key] = ROUTE.exec(key) ?? [];
    const limit = ms > 0 ? ms : Number.POSITIVE_INFINITY;
    if (method === undefined) ofAll.push([path, limit]);
    else byMethod.set(method, [...(byMethod.get(method) ?? []), [path, limit]]);
  }
  const all = new PathTable(ofAll);
  const tables = new Map([...byMethod].map(([method, entries]) => [method, new PathTable(entries)]));
  return {
    find(method, route, path) {
      const own = tables.get(method);
      return (
        (own && ((route !== null ? own.find(route) : undefined) ?? own.find(path))) ??
        (route !== null ? all.find(route) : undefined) ??
        all.find(path) ??
        usual
      );
    },
  };
}

/** @throws TypeError naming the entry. */
export function parseSlowRoutes(value: unknown): SlowRoutes | null {
  if (value === null) return null;
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError("it is no object");
  const routes: Record<string, number> = {};
  for (const [key, ms] of Object.entries(value)) {
    const [, method, path] = ROUTE.exec(key) ?? [];
    if (path === undefined) throw new TypeError(`${JSON.stringify(key)} is no path, nor a method and a path`);
    checkPathPattern(path);
    if (typeof ms !== "number" || !(ms >= 0 && ms <= 3_600_000)) {
      throw new TypeError(`${key}: ${JSON.stringify(ms)} is no number of milliseconds from 0 to 3600000`);
    }
    routes[method === undefined ? path : `${method} ${path}`] = ms;
  }
  return Object.freeze(routes);
}
