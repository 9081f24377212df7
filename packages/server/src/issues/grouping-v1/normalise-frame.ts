import type { SourceContext, StackFrame } from "@gatewatch/protocol";
import { remember } from "./remember.ts";

/** What of a frame decides about grouping: no line numbers, no build hashes, no machine's folders. */
export interface NormalFrame {
  file: string;
  /** Empty for anonymous and minified functions. */
  function: string;
  inApp: boolean;
  /** The source line with its white space collapsed; null when unknown or too long to be source. */
  source: string | null;
}

const MAX_SOURCE_CHARACTERS = 120;
const MAX_NAME_CHARACTERS = 200;

/** The stacks of an app name the same few files and functions again and again. */
const MAX_REMEMBERED = 4096;
const nameFile = remember(MAX_REMEMBERED, readFile);
const nameFunction = remember(MAX_REMEMBERED, trimFunction);

/** Returns undefined for frames that no one wrote: await plumbing and native code. */
export function normaliseFrame(frame: StackFrame): NormalFrame | undefined {
  const file = nameFile(frame.file);
  const name = nameFunction(frame.function ?? "");
  if (file.isNative || PLUMBING_FUNCTIONS.has(name)) return undefined;
  const inApp = frame.inApp && !file.isDependency;
  return { file: file.name, function: name, inApp, source: inApp ? normaliseSource(frame.context) : null };
}

function readFile(file: string): { name: string; isDependency: boolean; isNative: boolean } {
  const raw = file.slice(-2048).replaceAll("\\", "/");
  const dependency = packageOf(raw);
  return {
    name: dependency ?? normaliseFile(raw),
    isDependency: dependency !== undefined,
    isNative: raw === "native" || raw === "<anonymous>" || raw === "",
  };
}

const PLUMBING_FUNCTIONS = new Set([
  "processTicksAndRejections",
  "runMicrotasks",
  "runNextTicks",
  "queueMicrotask",
  "asyncGeneratorStep",
  "__awaiter",
  "Promise.all",
  "Promise.any",
  "Promise.allSettled",
]);

const PYTHON_LIBRARY = /\/(?:site|dist)-packages\/([^/]+)|\/lib\/python[\d.]+\/([^/]+)/;

/** The dependency that a path lies in: its version and inner files change without the app's doing. */
function packageOf(path: string): string | undefined {
  if (path.startsWith("node:") || path.startsWith("internal/")) return "node";
  const at = path.lastIndexOf("node_modules/");
  if (at >= 0) {
    const parts = path.slice(at + "node_modules/".length).split("/");
    const named = parts[0] === ".pnpm" ? undefined : parts;
    return `dependency:${named?.[0]?.startsWith("@") ? parts.slice(0, 2).join("/") : (named?.[0] ?? "")}`;
  }
  const python = PYTHON_LIBRARY.exec(path);
  if (python !== null) return `dependency:${python[1] ?? python[2] ?? ""}`;
  return undefined;
}

const BUILD_FOLDERS = new Set(
  "src dist build out .next .output server chunks . (rsc) (ssr) (api) (middleware) (action-browser)".split(" "),
);
const RELEASE_FOLDER = /^(?=.*\d)[0-9a-f_-]{8,}$|^v?\d+\.\d+\.\d+/;
const SCRIPT_EXTENSION = /\.[cm]?[jt]sx?$/;
const BUILD_HASH = /[.-](?=[a-f]{0,64}\d)[0-9a-f]{8,64}$|[.-](?=[\w-]*[A-Z])(?=[\w-]*\d[\w-]*[A-Za-z])[\w-]{8,24}$/;

function normaliseFile(raw: string): string {
  const path = raw.replace(/^[a-z][a-z-]*:\/\/\/?|^[A-Za-z]:\//, "/").replace(/[?#].*$/, "");
  const segments = path.split("/").filter((segment) => segment !== "");
  const base = (segments.pop() ?? "").replace(SCRIPT_EXTENSION, "").replace(BUILD_HASH, "");
  const name = /^\d+$/.test(base) ? "chunk" : base;
  const cut = path.startsWith("/") ? Math.max(lastSourceFolder(segments), segments.length - 2) : 0;
  const folders = segments.slice(cut).filter((part) => !BUILD_FOLDERS.has(part) && !RELEASE_FOLDER.test(part));
  return [...folders, name].join("/").slice(-MAX_NAME_CHARACTERS);
}

function lastSourceFolder(segments: string[]): number {
  return segments.findLastIndex((segment) => segment === "src" || segment === "dist" || segment === "build");
}

const EMPTY_OWNERS =
  /^(?:(?:Object|Module|module|exports|default|global|globalThis|process|Function|_?this|<anonymous>)\.)+/;
const ANONYMOUS = /^(?:\?|<anonymous>|<anonymous function>|anonymous|<lambda>|.*\/<|eval)$/;

/** Class and method name without `async`, `new`, aliases, type arguments and a bundler's suffix. */
function trimFunction(raw: string): string {
  const name = raw
    .slice(0, MAX_NAME_CHARACTERS)
    .replace(/^(?:async |new )+/, "")
    .replace(/ \[as [^\]]*\]$/, "")
    .replace(/[<(][^<>()]+[>)]$/, "")
    .replace(EMPTY_OWNERS, "")
    .replace(/\$\d+$/, "")
    .replace(/^_(?=[A-Za-z]{3})/, "");
  const last = name.slice(name.lastIndexOf(".") + 1);
  // Minifiers give one or two letters, other ones with each build.
  if (ANONYMOUS.test(name) || ANONYMOUS.test(last) || /^[A-Za-z_$]{1,2}\d?$/.test(name)) return "";
  return name;
}

/** A statement that goes on in the next lines is read with them: its first line alone says little. */
function normaliseSource(context: SourceContext | undefined): string | null {
  if (context === undefined) return null;
  const lines = [context.line, ...(/[([{,]\s*$/.test(context.line.slice(-20)) ? context.post.slice(0, 2) : [])];
  if (lines.some((line) => line.length > MAX_SOURCE_CHARACTERS * 2)) return null;
  const text = lines.join(" ").trim().replaceAll(/\s+/g, " ");
  return text === "" || text.length > MAX_SOURCE_CHARACTERS * lines.length ? null : text;
}
