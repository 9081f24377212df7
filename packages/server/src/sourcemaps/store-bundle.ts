import { promisify } from "node:util";
import { zstdCompress } from "node:zlib";
import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import { TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import type { ArtifactOrder, ClientStore } from "../model/client-records.ts";
import { UPLOAD_LIMITS } from "../model/uploads.ts";
import { BundleError } from "./bundle-error.ts";
import { type BundledFile, type Manifest, readManifest } from "./read-manifest.ts";
import { readZip, type ZipEntry } from "./read-zip.ts";

const MAX_MANIFEST_BYTES = 8 * 1024 * 1024;
/** In which a script names its map. */
const TAIL_BYTES = 4096;
const MAP_COMMENT = /\/\/[#@] ?sourceMappingURL=([^\s'"]{1,1024})\s*$/;

const pack = promisify(zstdCompress);
const redactor = createRedactor();

export interface BundleTarget {
  store: Pick<ClientStore, "putArtifact" | "dropOldestArtifacts">;
  projectId: number;
  /** Win over the manifest's. */
  release: string | null;
  dist: string | null;
  now: number;
}

/**
 * Keeps the scripts and source maps of a bundle, file by file: one that comes again replaces itself.
 * Returns how many were kept; those that nothing could find are left out.
 * @throws BundleError
 */
export async function storeBundle(bytes: Buffer, target: BundleTarget): Promise<number> {
  const entries = readZip(bytes, {
    entries: UPLOAD_LIMITS.filesPerBundle,
    entryBytes: UPLOAD_LIMITS.fileBytes,
    unpackedBytes: UPLOAD_LIMITS.unpackedBytes,
  });
  const manifest = await openManifest(entries);
  const release = label(target.release ?? manifest.release);
  const files = manifest.files.filter(({ debugId }) => debugId !== null || release !== null);
  if (files.length === 0)
    throw new BundleError("The bundle holds no script and no source map with a debug id or a release.");
  const missing = files.find(({ entry }) => !entries.has(entry));
  if (missing !== undefined)
    throw new BundleError(
      `The manifest names ${JSON.stringify(missing.entry.slice(0, 200))}, which the bundle does not hold.`,
    );
  // A damaged file refuses the whole bundle; all of them together would be too much to hold.
  for (const { entry } of files) await entries.get(entry)!.read();
  for (const file of files) {
    const content = await entries.get(file.entry)!.read();
    await target.store.putArtifact({
      ...describeFile(file, content),
      projectId: target.projectId,
      release,
      dist: label(target.dist ?? manifest.dist),
      at: target.now,
      body: await pack(content),
    });
  }
  await target.store.dropOldestArtifacts(target.projectId, UPLOAD_LIMITS.projectBytes, UPLOAD_LIMITS.projectFiles);
  return files.length;
}

async function openManifest(entries: ReadonlyMap<string, ZipEntry>): Promise<Manifest> {
  const entry = entries.get("manifest.json");
  if (entry === undefined) throw new BundleError("The bundle has no manifest.json.");
  if (entry.bytes > MAX_MANIFEST_BYTES)
    throw new BundleError(`The bundle's manifest is ${entry.bytes} bytes; at most ${MAX_MANIFEST_BYTES} are taken.`);
  return readManifest((await entry.read()).toString());
}

function describeFile(
  file: BundledFile,
  content: Buffer,
): Pick<ArtifactOrder, "kind" | "debugId" | "path" | "mapPath" | "bytes"> {
  const { kind, debugId } = file;
  const mapPath = kind === "map" ? null : (file.mapUrl ?? findMapComment(content));
  return {
    kind,
    debugId,
    path: clean(file.url),
    mapPath: mapPath === null ? null : clean(mapPath),
    bytes: content.length,
  };
}

/** The last line of a script says where its map is; one that holds the map itself names no file. */
function findMapComment(content: Buffer): string | null {
  const url = MAP_COMMENT.exec(content.subarray(-TAIL_BYTES).toString().trimEnd())?.[1];
  return url === undefined || url.startsWith("data:") ? null : url;
}

function label(text: string | null): string | null {
  return text === null ? null : clean(text.slice(0, TRUNCATED_LENGTHS.resource));
}

/** As the texts of events are, with which these are compared. */
function clean(text: string): string {
  return redactor.redactText(text.toWellFormed().replaceAll("\0", "\uFFFD"));
}
