import { Type } from "typebox";
import { ApiError } from "../../model/api-error.ts";
import { loadOverview } from "../queries/load-overview.ts";
import { loadRoutes } from "../queries/load-routes.ts";
import { loadSeries } from "../queries/load-series.ts";
import { resolveSpan } from "../queries/resolve-span.ts";
import { defineRoute } from "../route.ts";
import { exact } from "../schemas/named.ts";
import { OverviewSchema, RoutesSchema, SeriesSchema, SpanQuery } from "../schemas/telemetry-schemas.ts";

const read = { scope: "project", action: "read" } as const;

export const getOverview = defineRoute({
  method: "GET",
  path: "/api/overview",
  id: "getOverview",
  summary: "Is anything wrong now, and since when",
  access: read,
  query: Type.Object(SpanQuery, exact),
  answer: OverviewSchema,
  async handler(request, deps) {
    const span = resolveSpan(request.query, request.at);
    return { body: await loadOverview(deps.store, { projectId: request.project.id, span, now: request.at }) };
  },
});

export const getSeries = defineRoute({
  method: "GET",
  path: "/api/series",
  id: "getSeries",
  summary: "Requests, errors and latencies over time, of the project or of one route",
  access: read,
  query: Type.Object(
    {
      ...SpanQuery,
      route: Type.Optional(Type.String({ maxLength: 2000, description: "For example `GET /users/:id`" })),
      points: Type.Optional(Type.Integer({ minimum: 10, maximum: 600 })),
    },
    exact,
  ),
  answer: SeriesSchema,
  async handler(request, deps) {
    const { route, points } = request.query;
    if (route !== undefined && !route.includes(" ")) {
      throw new ApiError("invalid_request", "A route is named with its method, for example `GET /users/:id`.", {
        details: { field: "route" },
      });
    }
    const series = await loadSeries(deps.store.telemetry, {
      projectId: request.project.id,
      span: resolveSpan(request.query, request.at),
      route: route ?? null,
      now: request.at,
      ...(points === undefined ? {} : { maxBuckets: points }),
    });
    return { body: series };
  },
});

export const listRoutes = defineRoute({
  method: "GET",
  path: "/api/routes",
  id: "listRoutes",
  summary: "Routes by the time spent in them, with counts and quantiles",
  access: read,
  query: Type.Object({ ...SpanQuery, limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })) }, exact),
  answer: RoutesSchema,
  async handler(request, deps) {
    const span = resolveSpan(request.query, request.at);
    const routes = await loadRoutes(deps.store.telemetry, {
      projectId: request.project.id,
      span,
      now: request.at,
      limit: request.query.limit ?? 100,
    });
    return { body: { ...span, routes } };
  },
});
