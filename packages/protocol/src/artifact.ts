/** A file of a build that was uploaded: a script, or its source map. */
export interface ArtifactRow {
  id: number;
  kind: "script" | "map";
  debugId: string | null;
  /** As its bundle names it, for example `~/assets/app.js`. */
  path: string;
  release: string | null;
  dist: string | null;
  /** Unpacked. */
  bytes: number;
  /** Epoch milliseconds of its upload. */
  at: number;
}

/** `GET /api/artifacts`: the newest first. */
export interface ArtifactList {
  artifacts: ArtifactRow[];
}

/** `DELETE /api/artifacts`. */
export interface DeletedArtifacts {
  deleted: number;
}
