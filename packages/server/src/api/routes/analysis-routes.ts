import { Type } from "typebox";
import { ApiError } from "../../model/api-error.ts";
import type { ApiDeps } from "../api-deps.ts";
import { defineRoute } from "../route.ts";
import { AnalysisAnswerSchema } from "../schemas/issue-schemas.ts";
import { Id } from "../schemas/named.ts";

const OneIssue = Type.Object({ id: Id });

export const getAnalysis = defineRoute({
  method: "GET",
  path: "/api/issues/:id/analysis",
  id: "getAnalysis",
  summary: "What the analyst says of an issue's cause: the best answer, and all of them",
  access: { scope: "project", action: "read" },
  params: OneIssue,
  answer: AnalysisAnswerSchema,
  handler: async ({ params, project }, deps) => ({ body: await loadAnalyses(deps, project.id, params.id) }),
});

export const requestAnalysis = defineRoute({
  method: "POST",
  path: "/api/issues/:id/analysis",
  id: "requestAnalysis",
  summary: "Ask the analyst again; the answer comes later and is told on /api/live",
  access: { scope: "project", action: "triage" },
  params: OneIssue,
  answer: AnalysisAnswerSchema,
  status: 202,
  async handler({ params, project, actor, at }, deps) {
    await demandIssue(deps, project.id, params.id);
    await deps.verbs.requestAnalysis({ projectId: project.id, issueId: params.id, by: actor, at });
    return { body: await loadAnalyses(deps, project.id, params.id) };
  },
});

async function loadAnalyses(deps: ApiDeps, projectId: number, issueId: number) {
  await demandIssue(deps, projectId, issueId);
  const [analysis, all] = await Promise.all([
    deps.store.issues.getAnalysis(projectId, issueId),
    deps.store.issues.listAnalyses(projectId, issueId),
  ]);
  return { analysis, all };
}

async function demandIssue(deps: ApiDeps, projectId: number, issueId: number): Promise<void> {
  if (await deps.store.issues.get(projectId, issueId)) return;
  throw new ApiError("not_found", `There is no issue ${issueId} in this project.`);
}
