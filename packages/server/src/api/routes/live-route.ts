import { ApiError } from "../../model/api-error.ts";
import type { StreamRoute } from "../route.ts";
import { LiveMessageSchema } from "../schemas/telemetry-schemas.ts";

export const watchLive: StreamRoute = {
  kind: "stream",
  method: "GET",
  path: "/api/live",
  id: "watchLive",
  summary: "Requests, issues and analyses as they come (server-sent events, one message each)",
  access: { scope: "project", action: "read" },
  message: LiveMessageSchema,
  checkRoom(deps) {
    if (!deps.live.isFull()) return;
    throw new ApiError("unavailable", "Too many screens watch this server; close one or try again later.", {
      retryAfterMs: 10_000,
    });
  },
  open: ({ project, principal }, deps, sink) =>
    deps.live.open(project.id, sink, principal.kind === "user" ? principal.userId : null),
};
