import type { MiddlewareHandler } from "hono";
import type { Result, Router } from "hono/router";

type Entry = [MiddlewareHandler, { path: string; method: string; basePath: string; handler: MiddlewareHandler }];

/**
 * A router that finds what the given one finds, with this middleware before it: an app may have all its routes already. Hono asks its
 * router for nothing else.
 */
export function putBefore<T>(router: Router<T>, middleware: MiddlewareHandler): Router<T> {
  const entry: Entry = [middleware, { path: "/*", method: "ALL", basePath: "/", handler: middleware }];
  return {
    get name() {
      return router.name;
    },
    add: (method, path, handler) => router.add(method, path, handler),
    match(method, path) {
      const [found, ...stash] = router.match(method, path);
      return [[[entry as T, {}], ...found], ...stash] as unknown as Result<T>;
    },
  };
}
