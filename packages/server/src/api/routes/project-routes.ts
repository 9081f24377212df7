import { ensureAlertRules } from "../../alerts/ensure-alert-rules.ts";
import { ApiError } from "../../model/api-error.ts";
import { toProjectRow } from "../queries/to-project-row.ts";
import { defineRoute } from "../route.ts";
import { ProjectListSchema, ProjectOrderSchema, ProjectRowSchema } from "../schemas/settings-schemas.ts";

export const listProjects = defineRoute({
  method: "GET",
  path: "/api/projects",
  id: "listProjects",
  summary: "Projects that the credential may see; a token sees its own",
  access: { scope: "project", action: "read" },
  answer: ProjectListSchema,
  async handler({ principal, project, at }, deps) {
    const seen = principal.kind === "token" ? [project] : await deps.store.control.listProjects();
    return { body: { projects: await Promise.all(seen.map((one) => toProjectRow(deps.store.telemetry, one, at))) } };
  },
});

export const createProject = defineRoute({
  method: "POST",
  path: "/api/projects",
  id: "createProject",
  summary: "Make a project; the existing one when the name is taken",
  access: { scope: "server", action: "configure" },
  body: ProjectOrderSchema,
  answer: ProjectRowSchema,
  status: 201,
  async handler({ body, at }, deps) {
    const slug = toSlug(body.name);
    const project = await deps.store.control.createProject({ name: body.name.trim(), slug, at });
    await ensureAlertRules(deps.store, project);
    return { body: await toProjectRow(deps.store.telemetry, project, at), audit: { project: project.id, slug } };
  },
});

/** A name as it stands in addresses: lower-case words with dashes. */
function toSlug(name: string): string {
  const slug = name
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 60);
  if (slug !== "" && !/^\d+$/.test(slug)) return slug;
  throw new ApiError("invalid_request", "A project's name needs at least one Latin letter.", {
    details: { field: "name" },
  });
}
