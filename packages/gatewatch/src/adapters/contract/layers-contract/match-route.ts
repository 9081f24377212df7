import type { AppRoute } from "./target.ts";

/** The route of a request, for servers without a router; HEAD is answered by what answers GET. */
export function matchRoute<R extends Pick<AppRoute, "method" | "path">>(
  routes: readonly R[],
  method: string,
  url: string,
): { route: R; id: string } | undefined {
  const path = url.split("?", 1)[0] ?? "";
  const asked = method === "HEAD" ? "GET" : method;
  for (const route of routes) {
    if (route.method !== asked) continue;
    const isExact = route.path === path;
    const prefix = route.path.endsWith("/:id") ? route.path.slice(0, -3) : undefined;
    const fits = prefix !== undefined && path.startsWith(prefix) && !path.slice(prefix.length).includes("/");
    if (isExact || fits) return { route, id: prefix === undefined ? "" : path.slice(prefix.length) };
  }
  return undefined;
}
