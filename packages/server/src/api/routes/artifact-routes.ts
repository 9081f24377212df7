import { defineRoute } from "../route.ts";
import {
  ArtifactDeleteQuery,
  ArtifactListQuery,
  ArtifactListSchema,
  DeletedArtifactsSchema,
} from "../schemas/artifact-schemas.ts";

export const listArtifacts = defineRoute({
  method: "GET",
  path: "/api/artifacts",
  id: "listArtifacts",
  summary: "Scripts and source maps that were uploaded, the newest first, of one release or of all",
  access: { scope: "project", action: "read" },
  query: ArtifactListQuery,
  answer: ArtifactListSchema,
  async handler({ query, project }, deps) {
    const release = query.release === undefined ? undefined : releaseOf(query.release);
    const found = await deps.store.clients.listArtifacts(project.id, query.limit ?? 100, release);
    const artifacts = found.map(({ projectId: _projectId, mapPath: _mapPath, ...row }) => row);
    return { body: { artifacts } };
  },
});

export const deleteArtifacts = defineRoute({
  method: "DELETE",
  path: "/api/artifacts",
  id: "deleteArtifacts",
  summary: "Delete the uploaded files of a release; events that were mapped by them stay so",
  access: { scope: "project", action: "manage" },
  query: ArtifactDeleteQuery,
  answer: DeletedArtifactsSchema,
  async handler({ query, project }, deps) {
    const deleted = await deps.store.clients.deleteArtifacts(project.id, releaseOf(query.release));
    return { body: { deleted }, audit: { release: query.release, deleted } };
  },
});

function releaseOf(text: string): string | null {
  return text === "" ? null : text;
}
