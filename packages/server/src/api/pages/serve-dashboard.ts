import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import type { BootData } from "@gatewatch/protocol";
import { toScriptJson } from "./escape-html.ts";

const compress = promisify<Buffer, { level: number }, Buffer>(gzip);
const MAX_FILE_BYTES = 4 * 1024 * 1024;
const BOOT_SLOT = /(<script type="application\/json" id="boot">)[^<]*(<\/script>)/;
const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** One file of the built dashboard, ready to be sent. */
export interface DashboardFile {
  type: string;
  etag: string;
  /** True for files whose name holds their hash. */
  immutable: boolean;
  bytes: Buffer;
  /** Null where it would not be smaller. */
  gzipped: Buffer | null;
}

/** The built dashboard, held in memory: no path of a request ever reaches the file system. */
export interface Dashboard {
  file(path: string): DashboardFile | null;
  /** The page with the first screen's data in it. */
  page(boot: BootData): string;
}

/** Reads the built dashboard; null when it was not built. */
export async function openDashboard(folder: string): Promise<Dashboard | null> {
  let names: string[];
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return null;
  }
  const files = new Map<string, DashboardFile>();
  for (const name of names) {
    const path = `/${relative(folder, name).split(sep).join("/")}`;
    files.set(path, await readDashboardFile(name, path));
  }
  const index = files.get("/index.html")?.bytes.toString("utf8");
  if (index === undefined) return null;
  files.delete("/index.html");
  return {
    file: (path) => files.get(path) ?? null,
    // A function, since `$` has a meaning in a replacement text and the data is not ours.
    page: (boot) => index.replace(BOOT_SLOT, (_all, open: string, close: string) => open + toScriptJson(boot) + close),
  };
}

async function readDashboardFile(name: string, path: string): Promise<DashboardFile> {
  const bytes = await readFile(name);
  const type = TYPES[extname(name)] ?? "application/octet-stream";
  const worthIt = bytes.length > 512 && bytes.length < MAX_FILE_BYTES && /text|json|svg/.test(type);
  const gzipped = worthIt ? await compress(bytes, { level: constants.Z_BEST_COMPRESSION }) : null;
  return {
    type,
    etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
    immutable: path.startsWith("/assets/"),
    bytes,
    gzipped: gzipped !== null && gzipped.length < bytes.length ? gzipped : null,
  };
}
