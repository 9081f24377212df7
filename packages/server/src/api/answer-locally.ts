import type { Principal } from "../model/principal.ts";
import type { ApiDeps } from "./api-deps.ts";
import { prepareRequest } from "./dispatch.ts";
import type { AnswerRoute } from "./route.ts";
import { API_ROUTES } from "./routes.ts";

/** The body that a GET of `path` (with its query) would get, by the same checks and handlers; undefined when it would be refused. */
export async function answerLocally(deps: ApiDeps, principal: Principal | null, path: string): Promise<unknown> {
  const url = new URL(path, "http://local");
  const match = findRoute(url.pathname);
  if (!match) return undefined;
  try {
    const request = await prepareRequest(
      match.route,
      {
        principal,
        params: match.params,
        query: Object.fromEntries(url.searchParams),
        body: undefined,
        ifNoneMatch: null,
        address: "",
        userAgent: null,
      },
      deps,
    );
    return (await match.route.handler(request, deps)).body;
  } catch {
    // The page asks again over HTTP and shows the reason there.
    return undefined;
  }
}

function findRoute(path: string): { route: AnswerRoute; params: Record<string, string> } | null {
  const asked = path.split("/");
  for (const route of API_ROUTES) {
    if (route.kind !== "answer" || route.method !== "GET") continue;
    const parts = route.path.split("/");
    if (parts.length !== asked.length) continue;
    const params: Record<string, string> = {};
    const fits = parts.every((part, at) => {
      if (!part.startsWith(":")) return part === asked[at];
      params[part.slice(1)] = decodeURIComponent(asked[at]!);
      return true;
    });
    if (fits) return { route, params };
  }
  return null;
}
