import type { ArtifactOrder, ArtifactRecord, ClientDigestTx, ClientStore } from "../../../model/client-records.ts";
import type { Database, SqlDialect, WriteTransaction } from "../dialect.ts";

const LISTED = ["id", "projectId", "kind", "debugId", "path", "mapPath", "release", "dist", "bytes", "at"] as const;
/** A build rarely has more files; the newest are found. */
const MAX_OF_RELEASE = 2000;

export async function putUploadChunk(
  db: Database,
  ...[projectId, digest, body, at]: Parameters<ClientStore["putUploadChunk"]>
): Promise<void> {
  await db
    .insertInto("uploadChunk")
    .values({ projectId, digest, body, at })
    .onConflict((conflict) => conflict.columns(["projectId", "digest"]).doUpdateSet({ at }))
    .execute();
}

export async function findUploadChunks(
  db: Database,
  dialect: SqlDialect,
  ...[projectId, digests]: Parameters<ClientStore["findUploadChunks"]>
): Promise<string[]> {
  if (digests.length === 0) return [];
  const rows = await db
    .selectFrom("uploadChunk")
    .select("digest")
    .where("projectId", "=", projectId)
    .where((eb) => dialect.isOneOf(eb.ref("digest"), digests))
    .execute();
  return rows.map(({ digest }) => digest);
}

export async function getUploadChunk(db: Database, projectId: number, digest: string): Promise<Uint8Array | null> {
  const row = await db
    .selectFrom("uploadChunk")
    .select("body")
    .where("projectId", "=", projectId)
    .where("digest", "=", digest)
    .executeTakeFirst();
  return row?.body ?? null;
}

export async function dropUploadChunks(
  db: Database,
  dialect: SqlDialect,
  ...[projectId, digests]: Parameters<ClientStore["dropUploadChunks"]>
): Promise<void> {
  if (digests.length === 0) return;
  await db
    .deleteFrom("uploadChunk")
    .where("projectId", "=", projectId)
    .where((eb) => dialect.isOneOf(eb.ref("digest"), digests))
    .execute();
}

export async function measureUploadChunks(db: Database, projectId: number): Promise<number> {
  const row = await db
    .selectFrom("uploadChunk")
    .select((eb) => eb.fn.sum<number | null>(eb.fn<number>("length", ["body"])).as("bytes"))
    .where("projectId", "=", projectId)
    .executeTakeFirst();
  return Number(row?.bytes ?? 0);
}

export function putArtifact(db: Database, order: ArtifactOrder): Promise<void> {
  return db.transaction().execute(async (tx) => {
    const { projectId, kind, debugId, path, release, dist } = order;
    let same = tx.deleteFrom("artifact").where("projectId", "=", projectId).where("kind", "=", kind);
    same =
      debugId === null
        ? same
            .where("debugId", "is", null)
            .where("path", "=", path)
            .where("release", release === null ? "is" : "=", release)
            .where("dist", dist === null ? "is" : "=", dist)
        : same.where("debugId", "=", debugId);
    await same.execute();
    await tx
      .insertInto("artifact")
      .values({ ...order, packedBytes: order.body.length })
      .execute();
  });
}

export async function dropOldestArtifacts(
  db: Database,
  dialect: SqlDialect,
  ...[projectId, maxBytes, maxFiles]: Parameters<ClientStore["dropOldestArtifacts"]>
): Promise<number> {
  const rows = await db
    .selectFrom("artifact")
    .select(["id", "packedBytes"])
    .where("projectId", "=", projectId)
    .orderBy("id", "desc")
    .execute();
  let bytes = 0;
  const gone = rows
    .filter(({ packedBytes }, index) => (bytes += packedBytes) > maxBytes || index >= maxFiles)
    .map(({ id }) => id);
  if (gone.length > 0)
    await db
      .deleteFrom("artifact")
      .where((eb) => dialect.isOneOf(eb.ref("id"), gone))
      .execute();
  return gone.length;
}

export async function listArtifacts(
  db: Database,
  ...[projectId, limit, release]: Parameters<ClientStore["listArtifacts"]>
): Promise<ArtifactRecord[]> {
  let query = db.selectFrom("artifact").select(LISTED).where("projectId", "=", projectId);
  if (release !== undefined) query = query.where("release", release === null ? "is" : "=", release);
  const rows = await query.orderBy("id", "desc").limit(limit).execute();
  return rows.map((row) => ({ ...row, kind: row.kind as ArtifactRecord["kind"] }));
}

export async function deleteArtifacts(db: Database, projectId: number, release: string | null): Promise<number> {
  const result = await db
    .deleteFrom("artifact")
    .where("projectId", "=", projectId)
    .where("release", release === null ? "is" : "=", release)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

export async function findArtifacts(
  tx: WriteTransaction,
  dialect: SqlDialect,
  ...[projectId, debugIds]: Parameters<ClientDigestTx["findArtifacts"]>
): Promise<ArtifactRecord[]> {
  if (debugIds.length === 0) return [];
  const rows = await tx
    .selectFrom("artifact")
    .select(LISTED)
    .where("projectId", "=", projectId)
    .where((eb) => dialect.isOneOf(eb.ref("debugId"), debugIds))
    .execute();
  return rows.map((row) => ({ ...row, kind: row.kind as ArtifactRecord["kind"] }));
}

export async function findReleaseArtifacts(
  tx: WriteTransaction,
  dialect: SqlDialect,
  ...[projectId, releases]: Parameters<ClientDigestTx["findReleaseArtifacts"]>
): Promise<ArtifactRecord[]> {
  if (releases.length === 0) return [];
  const rows = await tx
    .selectFrom("artifact")
    .select(LISTED)
    .where("projectId", "=", projectId)
    .where((eb) => dialect.isOneOf(eb.ref("release"), releases))
    .orderBy("id", "desc")
    .limit(MAX_OF_RELEASE)
    .execute();
  return rows.map((row) => ({ ...row, kind: row.kind as ArtifactRecord["kind"] }));
}

export async function readArtifact(tx: WriteTransaction, id: number): Promise<Uint8Array | null> {
  const row = await tx.selectFrom("artifact").select("body").where("id", "=", id).executeTakeFirst();
  return row?.body ?? null;
}
