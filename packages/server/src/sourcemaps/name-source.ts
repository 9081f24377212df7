import { posix } from "node:path";
import { TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";

/** What may be cut off stands at the begin. */
const MAX_READ = 4 * TRUNCATED_LENGTHS.file;
/** Virtual modules and their layers, as bundlers write them before a path. */
const LAYER = /^(?:\([\w-]+\)|\[[\w-]+\])\//;

/**
 * What a source is called: relative to the project where the map tells, without a bundler's scheme, namespace and query.
 * `mapPath` is where its map was, for example `~/assets/app.js.map`.
 */
export function nameSource(source: string, mapPath: string): string {
  const path = source
    .slice(0, MAX_READ)
    .replaceAll("\\", "/")
    .replace(/[?#].*$/s, "");
  const url = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)\/?(.*)$/is.exec(path);
  const [scheme, rest] = url === null ? [null, path] : [url[1]!.toLowerCase(), url[3]!];
  if (scheme === "file") return cut(`/${rest}`);
  const bare = stripLayers(rest);
  if (bare.startsWith("/")) return cut(bare);
  const folder = scheme === null ? posix.dirname(pathOf(mapPath)) : ".";
  const joined = posix.normalize(posix.join(folder, bare)).replace(/^(?:\.\.\/)+/, "");
  return cut(joined === "." || joined === ".." ? path : joined);
}

function stripLayers(path: string): string {
  let rest = path;
  while (LAYER.test(rest)) rest = rest.replace(LAYER, "");
  return rest;
}

/** Of `~/a/b`, `app:///a/b`, `https://host/a/b` and `/a/b`: `a/b`. */
function pathOf(url: string): string {
  return url
    .replace(/^~\//, "")
    .replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "")
    .replace(/[?#].*$/s, "")
    .replace(/^\/+/, "");
}

function cut(path: string): string {
  return path.toWellFormed().replaceAll("\0", "\uFFFD").slice(0, TRUNCATED_LENGTHS.file) || "<unknown>";
}
