import type { SessionAnswer } from "@gatewatch/protocol";
import { ApiError } from "../../model/api-error.ts";
import type { UserPrincipal } from "../../auth/session.ts";
import type { ApiDeps } from "../api-deps.ts";
import { toProjectRow } from "./to-project-row.ts";

/** Who is signed in, with the projects that they may see. */
export async function loadSession(
  deps: Pick<ApiDeps, "store" | "version">,
  principal: UserPrincipal,
  now: number,
): Promise<SessionAnswer> {
  const [user, projects] = await Promise.all([
    deps.store.control.getUser(principal.userId),
    deps.store.control.listProjects(),
  ]);
  if (!user) throw new ApiError("unauthorized", "This account is gone.");
  return {
    user: { id: user.id, email: user.email, name: user.name, role: user.role },
    projects: await Promise.all(projects.map((project) => toProjectRow(deps.store.telemetry, project, now))),
    version: deps.version,
  };
}
