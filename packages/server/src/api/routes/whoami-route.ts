import { Type } from "typebox";
import { defineRoute } from "../route.ts";
import { exact, Id, nullable, oneOf } from "../schemas/named.ts";

const WhoamiSchema = Type.Object(
  {
    kind: oneOf(["token", "user", "operator"]),
    /** Of a token. */
    scope: nullable(oneOf(["ingest", "read", "admin"])),
    project: nullable(Type.Object({ id: Id, slug: Type.String(), name: Type.String() }, exact)),
  },
  exact,
);

export const whoami = defineRoute({
  method: "GET",
  path: "/api/whoami",
  id: "whoami",
  summary: "What the credential that asks is good for",
  access: { scope: "public" },
  answer: WhoamiSchema,
  async handler({ principal }, { store }) {
    if (principal.kind !== "token") return { body: { kind: principal.kind, scope: null, project: null } };
    const project = await store.control.getProject(principal.projectId);
    return {
      body: {
        kind: principal.kind,
        scope: principal.scope,
        project: project === null ? null : { id: project.id, slug: project.slug, name: project.name },
      },
    };
  },
});
