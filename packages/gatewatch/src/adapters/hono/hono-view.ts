import type { Context } from "hono";
import type { FetchView } from "../../gate/fetch/fetch-exchange.ts";
import { findRoute } from "./find-route.ts";

/** What Hono's context tells of a request. */
export class HonoView implements FetchView {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  route(): string | null {
    // Hono's helper of this name knows the requests of its own copy of Hono alone, and an app may hold two: of ES modules and of CommonJS.
    const { matchedRoutes, routeIndex } = this.#context.req;
    return findRoute(matchedRoutes, routeIndex);
  }

  /** Where the usual authentication middlewares of Hono leave the user. */
  user(): unknown {
    const { get } = this.#context as { get: (name: string) => unknown };
    return get("user") ?? get("jwtPayload");
  }
}
