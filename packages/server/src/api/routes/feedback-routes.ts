import type { FeedbackList } from "@gatewatch/protocol";
import { Type } from "typebox";
import { ApiError } from "../../model/api-error.ts";
import type { ClientStore } from "../../model/client-records.ts";
import { defineRoute } from "../route.ts";
import { FeedbackListSchema } from "../schemas/client-schemas.ts";
import { exact, Id } from "../schemas/named.ts";

const read = { scope: "project", action: "read" } as const;
const Page = Type.Object(
  {
    cursor: Type.Optional(Type.String({ pattern: "^[1-9][0-9]{0,14}$" })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  exact,
);

export const listFeedback = defineRoute({
  method: "GET",
  path: "/api/feedback",
  id: "listFeedback",
  summary: "What people wrote about the app, newest first",
  access: read,
  query: Page,
  answer: FeedbackListSchema,
  handler: async ({ query, project }, deps) => ({ body: await readPage(deps.store.clients, project.id, null, query) }),
});

export const listIssueFeedback = defineRoute({
  method: "GET",
  path: "/api/issues/:id/feedback",
  id: "listIssueFeedback",
  summary: "What people wrote about the errors of an issue, newest first",
  access: read,
  params: Type.Object({ id: Id }),
  query: Page,
  answer: FeedbackListSchema,
  async handler({ params, query, project }, deps) {
    if (!(await deps.store.issues.get(project.id, params.id)))
      throw new ApiError("not_found", `There is no issue ${params.id} in this project.`);
    return { body: await readPage(deps.store.clients, project.id, params.id, query) };
  },
});

async function readPage(
  clients: Pick<ClientStore, "listFeedback">,
  projectId: number,
  issueId: number | null,
  { cursor, limit = 50 }: { cursor?: string; limit?: number },
): Promise<FeedbackList> {
  const before = cursor === undefined ? null : Number(cursor);
  const rows = await clients.listFeedback(projectId, { issueId, before, limit: limit + 1 });
  const feedback = rows.slice(0, limit).map(({ projectId: _projectId, ...row }) => row);
  return { feedback, nextCursor: rows.length > limit ? String(feedback.at(-1)!.id) : null };
}
