/** A route as Hono keeps it: `use` and `all` have the method `ALL`. */
export interface HonoRoute {
  path: string;
  method: string;
}

/**
 * The template of the route that a request belongs to, from all that matched it: the one that ran last, or, where a middleware answered
 * in its place, the one that would have run. Null when only middleware matched.
 * @param ran index of the entry that ran last.
 */
export function findRoute(matched: readonly HonoRoute[], ran: number): string | null {
  const last = matched[ran];
  if (last !== undefined && isHandler(last)) return last.path;
  return matched.findLast(isHandler)?.path ?? null;
}

/** `app.use("/x/*")` and `app.all("/x/*")` leave the same entry; the former is far more usual. */
function isHandler({ method, path }: HonoRoute): boolean {
  return method !== "ALL" || !path.endsWith("*");
}
