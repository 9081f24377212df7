import type { ProjectList, ProjectRow } from "@gatewatch/protocol";
import { CommandError, type Values } from "./command.ts";
import type { Control } from "./open-control.ts";

/** The project named by `--project` (name, slug or id), else `default`. With `create` a name that does not exist is made. */
export async function findProject(
  control: Control,
  values: Values,
  options: { create?: boolean } = {},
): Promise<ProjectRow> {
  const wanted = typeof values.project === "string" ? values.project : "default";
  const { projects } = await control.call<ProjectList>("GET", "/api/projects");
  const found = projects.find(
    (project) => project.slug === wanted || project.name === wanted || String(project.id) === wanted,
  );
  if (found !== undefined) return found;
  if (options.create === true) return control.call<ProjectRow>("POST", "/api/projects", { name: wanted });
  throw new CommandError(
    `There is no project "${wanted}"; there are: ${projects.map((project) => project.slug).join(", ")}.`,
  );
}
