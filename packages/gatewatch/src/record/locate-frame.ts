import type { SourceMap } from "node:module";
import { findSourceMap } from "node:module";
import { dirname, isAbsolute, posix, resolve, win32 } from "node:path";
import { fileURLToPath } from "node:url";
import type { StackFrame } from "@gatewatch/protocol";
import type { StackLine } from "./parse-stack.ts";

/** A frame, and where its source can be read. */
export interface LocatedFrame {
  frame: StackFrame;
  /** Absolute path of the app's own source; undefined for all other code. */
  sourcePath?: string;
}

export interface LocateOptions {
  /** Absolute. */
  root: string;
  /** Absolute: Gatewatch's own code; empty: unknown. */
  ownFolder: string;
}

const MAX_PARENTS = 3;

/** Names the file relative to the app's root and tells the app's own code from all other. */
export function locateFrame(line: StackLine, options: LocateOptions): LocatedFrame {
  const place = applySourceMap(line);
  const frame: StackFrame = { file: place.path, inApp: false };
  if (line.function !== undefined) frame.function = line.function.slice(0, 512);
  if (place.line !== undefined) frame.line = place.line;
  if (place.column !== undefined) frame.column = place.column;
  if (!isFile(place.path)) return { frame };
  const normal = toSlashes(place.path);
  const root = toSlashes(options.root);
  const modules = normal.lastIndexOf("/node_modules/");
  if (modules >= 0) {
    frame.file = normal.slice(modules + 1);
  } else if (isInside(normal, toSlashes(options.ownFolder))) {
    frame.file = `node_modules/gatewatch/${posix.relative(toSlashes(options.ownFolder), normal)}`;
  } else {
    frame.file = relativeTo(root, normal);
    frame.inApp = true;
    return { frame, sourcePath: place.path };
  }
  return { frame };
}

/** Node maps stacks itself under `--enable-source-maps`; a path that still has a map was not mapped. */
function applySourceMap(line: StackLine): { path: string; line?: number; column?: number } {
  const path = toPath(line.location);
  const plain = {
    path,
    ...(line.line === undefined ? {} : { line: line.line }),
    ...(line.column === undefined ? {} : { column: line.column }),
  };
  if (line.line === undefined || !isFile(path)) return plain;
  const map = tryFindSourceMap(path);
  const entry = map?.findEntry(line.line - 1, (line.column ?? 1) - 1);
  if (entry === undefined || !("originalSource" in entry) || typeof entry.originalSource !== "string") return plain;
  const source = toPath(entry.originalSource);
  const original = isFile(source) ? source : resolve(dirname(path), source);
  return { path: original, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

function tryFindSourceMap(path: string): SourceMap | undefined {
  try {
    return findSourceMap(path);
  } catch {
    return undefined;
  }
}

function toPath(location: string): string {
  // The code itself follows.
  if (location.startsWith("data:")) return "data:";
  if (!location.startsWith("file:")) return location.slice(0, 1_024);
  const bare = location.replace(/[?#].*$/, "");
  try {
    // Addresses of another system's files are read as that system would.
    return fileURLToPath(bare, { windows: /^file:\/\/\/[A-Za-z]:/.test(bare) });
  } catch {
    return bare;
  }
}

function isFile(path: string): boolean {
  return isAbsolute(path) || win32.isAbsolute(path);
}

function toSlashes(path: string): string {
  return path.includes("\\") ? path.replaceAll("\\", "/") : path;
}

function isInside(path: string, folder: string): boolean {
  return folder !== "" && path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

/** Code beside the root, as in a monorepo, is named with `../`; code far away by its whole path. */
function relativeTo(root: string, path: string): string {
  const isWindows = /^[A-Za-z]:\//.test(path);
  const relative = isWindows ? toSlashes(win32.relative(root, path)) : posix.relative(root, path);
  const isFar = relative.startsWith("../".repeat(MAX_PARENTS + 1)) || /^[A-Za-z]:/.test(relative);
  return isFar || relative === "" ? path : relative;
}
