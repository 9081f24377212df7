/** Different routes that one project may add to the rollups of a day; a scanner must not fill the store. */
export const MAX_ROUTES_PER_DAY = 2000;

const DAY_MS = 86_400_000;
/** Projects and days remembered at a time. */
const MAX_DAYS = 1024;

/** Bounds the routes that a project and day may show; the rest of them share one row per method. */
export class RouteBudget {
  private readonly days = new Map<string, Set<string>>();
  private readonly maxRoutes: number;

  constructor(maxRoutes = MAX_ROUTES_PER_DAY) {
    this.maxRoutes = maxRoutes;
  }

  /** False when `key` is a new route beyond the bound of its project and day; `time` in epoch milliseconds. */
  admit(projectId: number, time: number, key: string): boolean {
    const name = `${projectId} ${Math.floor(time / DAY_MS)}`;
    let routes = this.days.get(name);
    if (!routes) {
      this.days.set(name, (routes = new Set()));
      const oldest = this.days.keys().next().value!;
      if (this.days.size > MAX_DAYS) this.days.delete(oldest);
    }
    if (routes.has(key)) return true;
    if (routes.size >= this.maxRoutes) return false;
    routes.add(key);
    return true;
  }
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]);

/** The route under which everything beyond the bound is counted; methods of a stranger's making share `_OTHER` (OpenTelemetry's word). */
export function overflowRoute(method: string): string {
  return `${METHODS.has(method) ? method : "_OTHER"} *overflow*`;
}
