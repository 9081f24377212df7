import { loadHealth } from "../queries/load-health.ts";
import { defineRoute } from "../route.ts";
import { HealthSchema } from "../schemas/settings-schemas.ts";

export const getHealth = defineRoute({
  method: "GET",
  path: "/api/health",
  id: "getHealth",
  summary: "How the server itself is: intake, journal, digest, drops, disk, alerts, analyst",
  access: { scope: "project", action: "read" },
  answer: HealthSchema,
  handler: async (_request, deps) => ({ body: await loadHealth(deps) }),
});
