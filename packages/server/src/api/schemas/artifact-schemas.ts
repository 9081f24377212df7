import { Type } from "typebox";
import { Count, exact, Id, named, nullable, oneOf, Time } from "./named.ts";

const ArtifactRowSchema = named(
  "ArtifactRow",
  Type.Object({
    id: Id,
    kind: oneOf(["script", "map"]),
    debugId: nullable(Type.String()),
    path: Type.String(),
    release: nullable(Type.String()),
    dist: nullable(Type.String()),
    bytes: Count,
    at: Time,
  }),
);

export const ArtifactListSchema = named("ArtifactList", Type.Object({ artifacts: Type.Array(ArtifactRowSchema) }));
export const DeletedArtifactsSchema = named("DeletedArtifacts", Type.Object({ deleted: Count }));

/** Nothing between the quotes names the files without a release. */
const ReleaseName = Type.String({ maxLength: 256, description: "A release; empty: the files without one" });

export const ArtifactListQuery = Type.Object(
  { release: Type.Optional(ReleaseName), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })) },
  exact,
);
export const ArtifactDeleteQuery = Type.Object({ release: ReleaseName }, exact);
