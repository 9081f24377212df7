import { Type } from "typebox";
import { listReleases as findReleases } from "../queries/list-releases.ts";
import { resolveSpan } from "../queries/resolve-span.ts";
import { defineRoute } from "../route.ts";
import { ReleaseListSchema } from "../schemas/client-schemas.ts";
import { exact } from "../schemas/named.ts";
import { SpanQuery } from "../schemas/telemetry-schemas.ts";

const DEFAULT_RANGE = "30d";

export const listReleases = defineRoute({
  method: "GET",
  path: "/api/releases",
  id: "listReleases",
  summary: "How the sessions of each release went, over the last 30 days or another span",
  access: { scope: "project", action: "read" },
  query: Type.Object(SpanQuery, exact),
  answer: ReleaseListSchema,
  async handler({ query, project, at }, deps) {
    const span = resolveSpan({ range: DEFAULT_RANGE, ...query }, at);
    return { body: await findReleases(deps.store.clients, project.id, span) };
  },
});
