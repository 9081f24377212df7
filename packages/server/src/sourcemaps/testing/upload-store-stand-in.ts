import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import type { ArtifactOrder } from "../../model/client-records.ts";
import type { DigestTx, StoreEngine } from "../../model/store.ts";
import type { BundleOrder, UploadVerbs } from "../../model/uploads.ts";
import { openSqliteEngine } from "../../store/sqlite/open-sqlite-engine.ts";
import { createUploads } from "../create-uploads.ts";
import { makeZip } from "./make-zip.ts";

export const UPLOAD_NOW = Date.UTC(2026, 4, 20, 12);
export const DEBUG_ID = "89df05fe-3e33-545b-a3be-b7f7cb1e46c0";

/** Test support: a real store with two projects, and uploads into it. */
export interface UploadStore {
  store: StoreEngine;
  uploads: UploadVerbs;
  projectId: number;
  otherId: number;
  digest<T>(work: (tx: DigestTx) => Promise<T>): Promise<T>;
  /** Stores a file as an upload would. */
  put(file: Partial<ArtifactOrder> & Pick<ArtifactOrder, "kind" | "path">, content: string): Promise<void>;
  close(): Promise<void>;
}

export async function openUploadStore(): Promise<UploadStore> {
  const folder = mkdtempSync(join(tmpdir(), "gatewatch-uploads-"));
  const store = await openSqliteEngine(folder);
  const [projectId, otherId] = await Promise.all(
    ["shop", "other"].map(async (slug) => (await store.control.createProject({ name: slug, slug, at: UPLOAD_NOW })).id),
  );
  let offset = 0;
  return {
    store,
    uploads: createUploads({ store, clock: () => UPLOAD_NOW, publicUrl: null }),
    projectId: projectId!,
    otherId: otherId!,
    digest: (work) => store.digest({ segment: 1, offset: ++offset }, work),
    put: (file, content) =>
      store.clients.putArtifact({
        projectId: projectId!,
        debugId: null,
        mapPath: null,
        release: null,
        dist: null,
        at: UPLOAD_NOW,
        bytes: content.length,
        body: zstdCompressSync(content),
        ...file,
      }),
    async close() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export interface BundleFile {
  content: string;
  type: string;
  url: string;
  headers?: Record<string, string>;
}

/** A bundle as the command line of these clients makes it. */
export function makeBundle(files: Record<string, BundleFile>, about: object = {}): Buffer {
  const described = Object.fromEntries(
    Object.entries(files).map(([name, { content: _content, ...rest }]) => [name, rest]),
  );
  return makeZip(
    [
      ...Object.entries(files).map(([name, { content }]) => ({ name, content })),
      { name: "manifest.json", content: JSON.stringify({ ...about, files: described }) },
    ],
    { prefix: Buffer.from("SYSB\u0002\0\0\0") },
  );
}

export function sha1(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("hex");
}

/** Uploads bytes in parts of so many, and gives the order for the whole. */
export async function sendChunks(
  { uploads, projectId }: Pick<UploadStore, "uploads" | "projectId">,
  bytes: Buffer,
  chunkBytes: number,
): Promise<BundleOrder> {
  const parts = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
  await uploads.putChunks(
    projectId,
    parts.map((body) => ({ digest: sha1(body), body })),
  );
  return { projectId, checksum: sha1(bytes), chunks: parts.map(sha1), release: null, dist: null };
}
