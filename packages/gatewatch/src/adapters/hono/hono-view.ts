import type { Context } from "hono";
import { matchedRoutes } from "hono/route";
import type { FetchView } from "../../gate/fetch/fetch-exchange.ts";
import { findRoute } from "./find-route.ts";

/** What Hono's context tells of a request. */
export class HonoView implements FetchView {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  route(): string | null {
    return findRoute(matchedRoutes(this.#context), this.#context.req.routeIndex);
  }

  /** Where the usual authentication middlewares of Hono leave the user. */
  user(): unknown {
    const { get } = this.#context as { get: (name: string) => unknown };
    return get("user") ?? get("jwtPayload");
  }
}
