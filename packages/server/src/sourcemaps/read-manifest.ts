import { BundleError } from "./bundle-error.ts";
import { parseDebugId } from "./debug-id.ts";

/** A script or a source map, as the bundle's manifest names it. */
export interface BundledFile {
  /** Of its entry in the archive. */
  entry: string;
  kind: "script" | "map";
  /** For example `~/assets/app.js`. */
  url: string;
  debugId: string | null;
  /** Of a script: where it says that its map is. */
  mapUrl: string | null;
}

export interface Manifest {
  release: string | null;
  dist: string | null;
  files: BundledFile[];
}

const KINDS: Readonly<Record<string, BundledFile["kind"]>> = { minified_source: "script", source_map: "map" };
const MAX_URL = 1024;

type Fields = Record<string, unknown>;

/** Reads a bundle's `manifest.json`; files of other kinds than scripts and maps are left out. @throws BundleError */
export function readManifest(text: string): Manifest {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    manifest = undefined;
  }
  if (!isFields(manifest) || !isFields(manifest["files"]))
    throw new BundleError("The bundle's manifest cannot be read.");
  const files: BundledFile[] = [];
  for (const [entry, file] of Object.entries(manifest["files"])) {
    if (!isFields(file)) throw new BundleError("The bundle's manifest cannot be read.");
    const url = textOf(file["url"]);
    const kind = url === null ? undefined : kindOf(file["type"], url);
    if (kind === undefined || url === null) continue;
    if (url.length > MAX_URL)
      throw new BundleError(
        `A file of the bundle has a URL of ${url.length} characters; at most ${MAX_URL} are taken.`,
      );
    const headers = lowerCased(file["headers"]);
    files.push({
      entry,
      kind,
      url,
      debugId: parseDebugId(headers["debug-id"]),
      mapUrl: kind === "script" ? cut(textOf(headers["sourcemap"] ?? headers["x-sourcemap"])) : null,
    });
  }
  return { release: textOf(manifest["release"]), dist: textOf(manifest["dist"]), files };
}

/** Where a command uploads files as they are, it calls all of them sources. */
function kindOf(type: unknown, url: string): BundledFile["kind"] | undefined {
  if (type === "source" && /\.map(?:[?#]|$)/.test(url)) return "map";
  return typeof type === "string" && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
}

function lowerCased(headers: unknown): Fields {
  if (!isFields(headers)) return {};
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function cut(url: string | null): string | null {
  return url === null || url.length > MAX_URL ? null : url;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
